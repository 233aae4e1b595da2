// tests/fuzz/ceremony_signature.cpp — what parses as ceremony::SignatureMessage encodes back
// to the same bytes.
#include "threshold/ceremony.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jointca;
  const BytesView input(data, size);
  if (const auto message = parse(std::type_identity<ceremony::SignatureMessage>{}, input))
    JCA_ASSERT(equal(encoded(*message), input));
  return 0;
}
