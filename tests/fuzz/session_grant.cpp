// tests/fuzz/session_grant.cpp — signed bytes and claims of grants, and files of granted sessions:
// what parses is written as the same bytes.
#include "crypto/jws.h"
#include "mpyc-adapter/session.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jointca;
  const std::string text = to_text(BytesView(data, size));
  const auto check = [](BytesView signed_bytes) {
    if (const auto grant = mpyc::parse_grant(signed_bytes))
      JCA_ASSERT(equal(mpyc::to_be_signed(*grant), signed_bytes));
  };
  check(as_bytes(text));
  check(as_bytes(jws::signing_input(R"({"alg":"EdDSA","typ":"jointca-grant+jwt"})", text)));
  if (const auto file = mpyc::parse_session_file(text)) JCA_ASSERT(mpyc::to_json(*file) == text);
  return 0;
}
