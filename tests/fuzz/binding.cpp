// tests/fuzz/binding.cpp — signed bytes and claims of bindings: what parses encodes back to the
// same bytes.
#include "wg-adapter/binding.h"

#include "crypto/jws.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jointca;
  const auto check = [](BytesView signed_bytes) {
    if (const auto binding = wireguard::parse_to_be_signed(signed_bytes))
      JCA_ASSERT(equal(wireguard::to_be_signed(*binding), signed_bytes));
  };
  check(BytesView(data, size));
  check(as_bytes(jws::signing_input(R"({"alg":"EdDSA","typ":"jointca-binding+jwt"})",
                                    to_text(BytesView(data, size)))));
  return 0;
}
