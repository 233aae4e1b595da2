// tests/fuzz/revocations.cpp — lists of revocations, signed or not: what parses encodes back to the
// same text.
#include "ca/revocations.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jointca;
  const std::string text = to_text(BytesView(data, size));
  if (const auto list = ca::parse_revocations(text)) JCA_ASSERT(ca::to_json(*list) == text);
  if (const auto document = ca::parse_signed_revocations(text))
    JCA_ASSERT(ca::to_json(*document) == text);
  return 0;
}
