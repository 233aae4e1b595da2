// tests/fuzz/ca_signatures.cpp — what parses as CaSignatures encodes back to the same bytes.
#include "daemon/ca_signatures.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jointca;
  const BytesView input(data, size);
  if (const auto message = parse(std::type_identity<daemon::CaSignatures>{}, input))
    JCA_ASSERT(equal(encoded(*message), input));
  return 0;
}
