// tests/fuzz/cggmp24_keygen_share.cpp — what parses as keygen::ShareMessage encodes back to the
// same bytes.
#include "threshold/cggmp24/keygen.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jointca;
  const BytesView input(data, size);
  if (const auto message = parse(std::type_identity<cggmp24::keygen::ShareMessage>{}, input))
    JCA_ASSERT(equal(encoded(*message), input));
  return 0;
}
