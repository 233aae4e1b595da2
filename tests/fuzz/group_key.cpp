// tests/fuzz/group_key.cpp — what parses as frost::GroupKey encodes back to the same bytes.
#include "threshold/frost/types.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jointca;
  const BytesView input(data, size);
  if (const auto message = parse(std::type_identity<frost::GroupKey>{}, input))
    JCA_ASSERT(equal(encoded(*message), input));
  return 0;
}
