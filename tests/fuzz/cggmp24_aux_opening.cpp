// tests/fuzz/cggmp24_aux_opening.cpp — what parses as aux_info::OpeningMessage encodes back to the
// same bytes.
#include "threshold/cggmp24/aux_info.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jointca;
  const BytesView input(data, size);
  if (const auto message = parse(std::type_identity<cggmp24::aux_info::OpeningMessage>{}, input))
    JCA_ASSERT(equal(encoded(*message), input));
  return 0;
}
