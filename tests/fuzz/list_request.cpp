// tests/fuzz/list_request.cpp — what parses as ListSignRequest encodes back to the same bytes.
#include "daemon/list_messages.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jointca;
  const BytesView input(data, size);
  if (const auto message = parse(std::type_identity<daemon::ListSignRequest>{}, input))
    JCA_ASSERT(equal(encoded(*message), input));
  return 0;
}
