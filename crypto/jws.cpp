#include "crypto/jws.h"

#include "base/json_fields.h"

namespace jointca::jws {
namespace {

constexpr std::size_t algorithm_bytes_max = 32;

Parsed<std::string> decode(std::string_view part, const char* name) {
  const auto bytes = from_base64url(part);
  if (!bytes) return malformed(name, "not canonical base64url");
  return to_text(*bytes);
}

}  // namespace

std::string signing_input(std::string_view header, std::string_view payload) {
  return to_base64url(as_bytes(header)) + "." + to_base64url(as_bytes(payload));
}

std::string join(std::string_view signing_input, BytesView signature) {
  return std::string(signing_input) + "." + to_base64url(signature);
}

Parsed<Content> parse_signing_input(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return malformed("token", "expected two parts");
  if (dot > header_bytes_max) return malformed("header", "too long");
  Content content;
  JCA_ASSIGN(content.header, decode(text.substr(0, dot), "header"));
  JCA_ASSIGN(content.payload, decode(text.substr(dot + 1), "payload"));
  return content;
}

Parsed<Compact> parse(std::string_view text, std::size_t bytes_max) {
  if (text.size() > bytes_max) return malformed("token", "too long");
  const std::size_t dot = text.rfind('.');
  if (dot == std::string_view::npos) return malformed("token", "expected three parts");
  Compact token;
  token.signing_input = text.substr(0, dot);
  JCA_ASSIGN(token.content, parse_signing_input(token.signing_input));
  const auto signature = from_base64url(text.substr(dot + 1));
  if (!signature) return malformed("signature", "not canonical base64url");
  token.signature = *signature;
  return token;
}

Parsed<Ok> check_header(std::string_view header, std::string_view algorithm) {
  JCA_ASSIGN(const auto document, JsonValue::parse(header, "header", header_bytes_max));
  JCA_ASSIGN(auto fields, document.object());
  JCA_ASSIGN(const auto alg, fields.required("alg"));
  JCA_ASSIGN(const auto stated, alg.text(algorithm_bytes_max));
  if (stated != algorithm) return alg.fail("not " + std::string(algorithm));
  if (const auto critical = fields.optional("crit"))
    return critical->fail("an extension that is not known here");
  return Ok{};
}

Parsed<SignatureBytes> ed25519_signature(const Compact& token) {
  JCA_TRY(check_header(token.content.header, eddsa));
  const auto signature = to_array<64>(token.signature);
  if (!signature) return malformed("signature", "not 64 bytes");
  return *signature;
}

Parsed<Ok> verify(const Compact& token, const PublicKey& key) {
  JCA_ASSIGN(const SignatureBytes signature, ed25519_signature(token));
  if (!jointca::verify(key, as_bytes(token.signing_input), signature))
    return malformed("signature", "does not verify");
  return Ok{};
}

}  // namespace jointca::jws
