// tests/fuzz/authority.cpp — an authority survives being written and read again.
#include "ca/authority.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jointca;
  const std::string text = to_text(BytesView(data, size));
  const auto authority = ca::authority_from_json(text);
  if (!authority) return 0;
  // JSON has many texts for one value; what is certified has one.
  const std::string written = ca::to_json(*authority);
  const auto again = ca::authority_from_json(written);
  JCA_ASSERT(again.has_value() && ca::to_json(*again) == written);
  JCA_ASSERT(equal(ca::certified_content(*again), ca::certified_content(*authority)));
  return 0;
}
