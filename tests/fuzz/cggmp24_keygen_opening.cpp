// tests/fuzz/cggmp24_keygen_opening.cpp — what parses as keygen::OpeningMessage encodes back to the
// same bytes.
#include "threshold/cggmp24/keygen.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jointca;
  const BytesView input(data, size);
  if (const auto message = parse(std::type_identity<cggmp24::keygen::OpeningMessage>{}, input))
    JCA_ASSERT(equal(encoded(*message), input));
  return 0;
}
