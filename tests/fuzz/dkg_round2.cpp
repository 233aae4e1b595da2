// tests/fuzz/dkg_round2.cpp — what parses as frost::dkg::Round2Message encodes back to the
// same bytes.
#include "threshold/frost/dkg.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jointca;
  const BytesView input(data, size);
  if (const auto message = parse(std::type_identity<frost::dkg::Round2Message>{}, input))
    JCA_ASSERT(equal(encoded(*message), input));
  return 0;
}
