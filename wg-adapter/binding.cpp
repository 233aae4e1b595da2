// wg-adapter/binding.cpp — encoder and strict parser of bindings, side by side.
#include "wg-adapter/binding.h"

#include <nlohmann/json.hpp>

#include "ca/claims.h"
#include "crypto/hash.h"
#include "crypto/jws.h"

namespace jointca::wireguard {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view header = R"({"alg":"EdDSA","typ":"jointca-binding+jwt"})";
constexpr std::size_t endpoint_text_max = 64;

std::string payload(const Binding& binding) {
  Json networks = Json::array();
  for (const ca::Prefix& network : binding.networks) networks.push_back(network.text());
  const Json json{
      {"iss", to_hex(binding.authority)},
      {"sub", binding.name},
      {"nbf", unix_seconds(binding.not_before)},
      {"exp", unix_seconds(binding.not_after)},
      {"jti", to_hex(binding.serial)},
      {"groups", binding.groups},
      {"networks", std::move(networks)},
      {"wireguard",
       {{"public_key", to_base64(binding.public_key)}, {"endpoint", binding.endpoint}}}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Parsed<std::vector<std::string>> read_groups(JsonObject& object) {
  JCA_ASSIGN(const auto value, object.required("groups"));
  JCA_ASSIGN(const auto elements, value.array(ca::host_groups_max));
  std::vector<std::string> groups;
  for (const JsonValue& element : elements) {
    JCA_ASSIGN(auto group, element.text(ca::group_name_bytes_max));
    if (!ca::is_group_name(group)) return element.fail("not the name of a group");
    groups.push_back(std::move(group));
  }
  return groups;
}

Parsed<Ok> read_wireguard(JsonObject& object, Binding& binding) {
  JCA_ASSIGN(const auto value, object.required("wireguard"));
  JCA_ASSIGN(auto fields, value.object());
  JCA_ASSIGN(const auto key_value, fields.required("public_key"));
  JCA_ASSIGN(const auto key_text, key_value.text(64));
  const auto key_bytes = from_base64(key_text);
  const auto key = key_bytes ? to_array<32>(*key_bytes) : std::nullopt;
  if (!key) return key_value.fail("expected 32 bytes in base64");
  binding.public_key = *key;
  JCA_ASSIGN(const auto endpoint, fields.required("endpoint"));
  JCA_ASSIGN(binding.endpoint, endpoint.text(endpoint_text_max));
  if (!binding.endpoint.empty() && !ca::is_endpoint(binding.endpoint))
    return endpoint.fail("expected an address and a port");
  return fields.finish();
}

Parsed<Binding> read_payload(std::string_view text) {
  JCA_ASSIGN(const auto document, JsonValue::parse(text, "binding", binding_bytes_max));
  JCA_ASSIGN(auto object, document.object());
  Binding binding;
  JCA_ASSIGN(binding.authority, ca::read_digest(object, "iss"));
  JCA_ASSIGN(binding.name, ca::read_host_name(object, "sub"));
  JCA_ASSIGN(binding.not_before, ca::read_time(object, "nbf"));
  JCA_ASSIGN(binding.not_after, ca::read_time(object, "exp"));
  JCA_ASSIGN(binding.serial, ca::read_digest(object, "jti"));
  JCA_ASSIGN(binding.groups, read_groups(object));
  JCA_ASSIGN(binding.networks, ca::read_networks(object, "networks"));
  JCA_TRY(read_wireguard(object, binding));
  JCA_TRY(object.finish());
  return binding;
}

}  // namespace

Bytes to_be_signed(const Binding& binding) {
  return to_bytes(jws::signing_input(header, payload(binding)));
}

Parsed<Binding> parse_to_be_signed(BytesView signed_bytes) {
  if (signed_bytes.size() > binding_bytes_max) return malformed("binding", "too long");
  JCA_ASSIGN(const auto content, jws::parse_signing_input(to_text(signed_bytes)));
  if (content.header != header) return malformed("header", "not a binding's");
  JCA_ASSIGN(auto binding, read_payload(content.payload));
  if (payload(binding) != content.payload) return malformed("binding", "not in canonical form");
  return binding;
}

Digest fingerprint(const Binding& binding) { return sha256(to_be_signed(binding)); }

std::string assemble(const Binding& binding, const SignatureBytes& signature) {
  return jws::join(to_text(to_be_signed(binding)), signature);
}

Result<Unverified, Error> read_token(std::string_view token, const Digest& authority) {
  const auto refused = [](const ParseError& error) {
    return failed(Error::Code::verification, "the binding is refused: " + error.text());
  };
  auto compact = jws::parse(token, binding_bytes_max);
  if (!compact) return refused(compact.error());
  auto binding = parse_to_be_signed(as_bytes(compact->signing_input));
  if (!binding) return refused(binding.error());
  if (binding->authority != authority)
    return failed(Error::Code::verification, "the binding is another authority's");
  const auto signature = jws::ed25519_signature(*compact);
  if (!signature) return refused(signature.error());
  return Unverified{*std::move(binding), std::move(compact->signing_input), *signature};
}

Error unsigned_binding() {
  return {Error::Code::verification, "the binding is not signed by the parties"};
}

Result<Binding, Error> open(std::string_view token, const Digest& authority, const PublicKey& key) {
  JCA_ASSIGN(auto read, read_token(token, authority));
  if (!verify(key, as_bytes(read.signing_input), read.signature))
    return Unexpected{unsigned_binding()};
  return std::move(read.binding);
}

bool valid_at(const Binding& binding, Time time) {
  return binding.not_before <= time && time < binding.not_after;
}

}  // namespace jointca::wireguard
