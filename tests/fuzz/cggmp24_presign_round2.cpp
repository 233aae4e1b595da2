// tests/fuzz/cggmp24_presign_round2.cpp — what parses as presign::Round2Message encodes back to the
// same bytes.
#include "threshold/cggmp24/presign/messages.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jointca;
  const BytesView input(data, size);
  if (const auto message = parse(std::type_identity<cggmp24::presign::Round2Message>{}, input))
    JCA_ASSERT(equal(encoded(*message), input));
  return 0;
}
