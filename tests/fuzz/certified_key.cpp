// tests/fuzz/certified_key.cpp — what parses as CertifiedKey encodes back to the same bytes.
#include "threshold/cggmp24/key_package.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jointca;
  const BytesView input(data, size);
  if (const auto message = parse(std::type_identity<cggmp24::CertifiedKey>{}, input))
    JCA_ASSERT(equal(encoded(*message), input));
  return 0;
}
