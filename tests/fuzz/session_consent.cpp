// tests/fuzz/session_consent.cpp — signed bytes and claims of consents: what parses encodes back to
// the same bytes.
#include "crypto/jws.h"
#include "mpyc-adapter/consent.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jointca;
  const auto check = [](BytesView signed_bytes) {
    if (const auto consent = mpyc::parse_consent(signed_bytes))
      JCA_ASSERT(equal(mpyc::to_be_signed(*consent), signed_bytes));
  };
  check(BytesView(data, size));
  check(as_bytes(jws::signing_input(R"({"alg":"EdDSA","typ":"jointca-consent+jwt"})",
                                    to_text(BytesView(data, size)))));
  return 0;
}
