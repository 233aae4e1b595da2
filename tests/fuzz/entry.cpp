// tests/fuzz/entry.cpp — log entries: what parses encodes back to the same bytes.
#include "log/entry.h"

using namespace jointca;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (const auto entry = log::parse_entry(BytesView(data, size))) {
    const auto text = log::encode(*entry);
    JCA_ASSERT(text && equal(*text, BytesView(data, size)));
  }
  return 0;
}
