// tests/fuzz/session_question.cpp — what parses as a question of a meeting encodes back to the same
// bytes.
#include "mpyc-adapter/greeting.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jointca;
  const BytesView input(data, size);
  if (const auto question = mpyc::parse_question(input))
    JCA_ASSERT(equal(mpyc::encode(*question), input));
  return 0;
}
