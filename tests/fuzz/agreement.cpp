// tests/fuzz/agreement.cpp — what parses as NonceMessage encodes back to the same bytes.
#include "threshold/agreement.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jointca;
  const BytesView input(data, size);
  if (const auto message = parse(std::type_identity<agreement::NonceMessage>{}, input))
    JCA_ASSERT(equal(encoded(*message), input));
  return 0;
}
