// tests/fuzz/session_answer.cpp — what parses as an answer of a meeting encodes back to the same
// bytes.
#include "mpyc-adapter/greeting.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jointca;
  const BytesView input(data, size);
  if (const auto answer = mpyc::parse_answer(input))
    JCA_ASSERT(equal(mpyc::encode(*answer), input));
  return 0;
}
