// mpyc-adapter/grant.cpp — encoder and strict parser of grants, side by side.
#include "mpyc-adapter/grant.h"

#include <nlohmann/json.hpp>

#include "ca/claims.h"
#include "crypto/hash.h"
#include "crypto/jws.h"

namespace jointca::mpyc {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view header = R"({"alg":"EdDSA","typ":"jointca-grant+jwt"})";

std::string payload(const Grant& grant) {
  const Json json{{"iss", to_hex(grant.authority)},        {"sub", to_hex(grant.session)},
                  {"nbf", unix_seconds(grant.not_before)}, {"exp", unix_seconds(grant.not_after)},
                  {"manifest", to_hex(grant.manifest)},    {"consents", to_hex(grant.consents)}};
  return json.dump();
}

Parsed<Grant> read_payload(std::string_view text) {
  JCA_ASSIGN(const auto document, JsonValue::parse(text, "grant", grant_bytes_max));
  JCA_ASSIGN(auto object, document.object());
  Grant grant;
  JCA_ASSIGN(grant.authority, ca::read_digest(object, "iss"));
  JCA_ASSIGN(const auto session, ca::read_text(object, "sub", 2 * grant.session.size()));
  const auto bytes = from_hex(session);
  const auto id = bytes ? to_array<16>(*bytes) : std::nullopt;
  if (!id) return malformed("grant.sub", "expected 16 bytes in hexadecimal");
  grant.session = *id;
  JCA_ASSIGN(grant.not_before, ca::read_time(object, "nbf"));
  JCA_ASSIGN(grant.not_after, ca::read_time(object, "exp"));
  if (grant.not_after <= grant.not_before || grant.not_after - grant.not_before > window_max)
    return malformed("grant.exp", "not within 7 days after nbf");
  JCA_ASSIGN(grant.manifest, ca::read_digest(object, "manifest"));
  JCA_ASSIGN(grant.consents, ca::read_digest(object, "consents"));
  JCA_TRY(object.finish());
  return grant;
}

}  // namespace

Digest consents_digest(const std::vector<std::string>& tokens) {
  Sha256 hash;
  for (const std::string& token : tokens) hash.update(as_bytes(token)).update(as_bytes("\n"));
  return hash.finish();
}

Grant grant_of(const Manifest& manifest, const std::vector<std::string>& tokens) {
  return {manifest.authority,      manifest.session,    digest(manifest),
          consents_digest(tokens), manifest.not_before, manifest.not_after};
}

Bytes to_be_signed(const Grant& grant) {
  return to_bytes(jws::signing_input(header, payload(grant)));
}

Parsed<Grant> parse_grant(BytesView signed_bytes) {
  if (signed_bytes.size() > grant_bytes_max) return malformed("grant", "too long");
  JCA_ASSIGN(const auto content, jws::parse_signing_input(to_text(signed_bytes)));
  if (content.header != header) return malformed("header", "not a grant's");
  JCA_ASSIGN(auto grant, read_payload(content.payload));
  if (payload(grant) != content.payload) return malformed("grant", "not in canonical form");
  return grant;
}

Digest fingerprint(const Grant& grant) { return sha256(to_be_signed(grant)); }

std::string assemble(const Grant& grant, const SignatureBytes& signature) {
  return jws::join(to_text(to_be_signed(grant)), signature);
}

Result<Ok, Rejection> verify_grant(std::string_view token, const Grant& expected,
                                   const PublicKey& key) {
  const auto reject = [](std::string rule, std::string reason) {
    return Unexpected{Rejection{"grant." + std::move(rule), std::move(reason)}};
  };
  const auto compact = jws::parse(token, grant_bytes_max);
  if (!compact) return reject("malformed", compact.error().text());
  const auto grant = parse_grant(as_bytes(compact->signing_input));
  if (!grant) return reject("malformed", grant.error().text());
  if (*grant != expected) return reject("content", "it grants another manifest or other consents");
  if (!jws::verify(*compact, key)) return reject("signature", "the parties did not sign it");
  return Ok{};
}

}  // namespace jointca::mpyc
