// tests/fuzz/ceremony_parameters.cpp — what parses as CeremonyParameters encodes back to the same
// bytes.
#include "daemon/ceremony.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jointca;
  const BytesView input(data, size);
  if (const auto message = parse(std::type_identity<daemon::CeremonyParameters>{}, input))
    JCA_ASSERT(equal(encoded(*message), input));
  return 0;
}
