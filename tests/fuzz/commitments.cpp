// tests/fuzz/commitments.cpp — what parses as CommitmentsMessage encodes back to the same bytes.
#include "daemon/messages.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jointca;
  const BytesView input(data, size);
  if (const auto message = parse(std::type_identity<daemon::CommitmentsMessage>{}, input))
    JCA_ASSERT(equal(encoded(*message), input));
  return 0;
}
