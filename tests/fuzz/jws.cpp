// tests/fuzz/jws.cpp — compact tokens: what parses is written back as the same text.
#include "crypto/jws.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jointca;
  const std::string text = to_text(BytesView(data, size));
  const auto token = jws::parse(text, 8192);
  if (!token) return 0;
  JCA_ASSERT(jws::join(token->signing_input, token->signature) == text);
  const auto& [header, payload] = token->content;
  JCA_ASSERT(jws::signing_input(header, payload) == token->signing_input);
  (void)jws::verify(*token, PublicKey{}).has_value();
  return 0;
}
