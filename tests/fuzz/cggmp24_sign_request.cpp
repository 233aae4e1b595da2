// tests/fuzz/cggmp24_sign_request.cpp — what parses as sign::Request encodes back to the same
// bytes.
#include "threshold/cggmp24/sign.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jointca;
  const BytesView input(data, size);
  if (const auto message = parse(std::type_identity<cggmp24::sign::Request>{}, input))
    JCA_ASSERT(equal(encoded(*message), input));
  return 0;
}
