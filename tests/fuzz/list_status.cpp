// tests/fuzz/list_status.cpp — what parses as ListStatus encodes back to the same bytes.
#include "daemon/list_messages.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jointca;
  const BytesView input(data, size);
  if (const auto message = parse(std::type_identity<daemon::ListStatus>{}, input))
    JCA_ASSERT(equal(encoded(*message), input));
  return 0;
}
