// tests/fuzz/bundle.cpp — what a party answers to a host.
#include "enroll/bundle.h"

using namespace jointca;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bundle = enroll::parse_bundle(to_text(BytesView(data, size)));
  if (bundle) {
    const auto again = enroll::parse_bundle(enroll::bundle_text(*bundle));
    JCA_ASSERT(again && *again == *bundle);
  }
  return 0;
}
