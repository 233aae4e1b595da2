// tests/fuzz/invitation.cpp — the public part as bytes, the token as text.
#include "enroll/invitation.h"

using namespace jointca;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input(data, data + size);
  if (const auto invitation = enroll::parse_invitation(input))
    JCA_ASSERT(encoded(*invitation) == input);
  if (const auto token = enroll::parse_token(to_text(input)))
    JCA_ASSERT(to_text(input).starts_with(enroll::token_text(*token)));
  return 0;
}
