// tests/fuzz/hello.cpp — what parses as HelloMessage encodes back to the same bytes.
#include "daemon/messages.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jointca;
  const BytesView input(data, size);
  if (const auto message = parse(std::type_identity<daemon::HelloMessage>{}, input))
    JCA_ASSERT(equal(encoded(*message), input));
  return 0;
}
