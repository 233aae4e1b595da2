// tests/fuzz/cggmp24_presign_proofs1.cpp — what parses as presign::Round1Proofs encodes back to the
// same bytes.
#include "threshold/cggmp24/presign/messages.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jointca;
  const BytesView input(data, size);
  if (const auto message = parse(std::type_identity<cggmp24::presign::Round1Proofs>{}, input))
    JCA_ASSERT(equal(encoded(*message), input));
  return 0;
}
