// tests/fuzz/evidence.cpp — what parses as evidence has that text and no other.
#include "threshold/evidence.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jointca;
  const std::string text = to_text(BytesView(data, size));
  if (const auto evidence = parse_evidence(text)) JCA_ASSERT(to_json(*evidence) == text);
  return 0;
}
