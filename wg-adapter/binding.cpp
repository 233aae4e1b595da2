// wg-adapter/binding.cpp — encoder and strict parser of bindings, side by side.
#include "wg-adapter/binding.h"

#include <nlohmann/json.hpp>

#include "base/json_fields.h"
#include "crypto/hash.h"
#include "crypto/jws.h"

namespace jointca::wireguard {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view header = R"({"alg":"EdDSA","typ":"jointca-binding+jwt"})";
constexpr std::size_t network_text_max = 64;
constexpr std::size_t endpoint_text_max = 64;
constexpr std::int64_t unix_time_max = 253402300799;  // 9999-12-31T23:59:59Z

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

Parsed<std::string> read_text(JsonObject& object, std::string_view name, std::size_t bytes_max) {
  JCA_ASSIGN(const auto value, object.required(name));
  return value.text(bytes_max);
}

Parsed<Digest> read_digest(JsonObject& object, std::string_view name) {
  JCA_ASSIGN(const auto value, object.required(name));
  JCA_ASSIGN(const auto text, value.text(64));
  const auto bytes = from_hex(text);
  const auto digest = bytes ? to_array<32>(*bytes) : std::nullopt;
  if (!digest) return value.fail("expected 32 bytes in hexadecimal");
  return *digest;
}

Parsed<Time> read_time(JsonObject& object, std::string_view name) {
  JCA_ASSIGN(const auto value, object.required(name));
  JCA_ASSIGN(const auto seconds, value.integer<std::int64_t>(0, unix_time_max));
  return time_from_unix(seconds);
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

Parsed<std::vector<ca::Prefix>> read_networks(JsonObject& object) {
  JCA_ASSIGN(const auto value, object.required("networks"));
  JCA_ASSIGN(const auto elements, value.array(ca::host_networks_max));
  if (elements.empty()) return value.fail("expected a network");
  std::vector<ca::Prefix> networks;
  for (const JsonValue& element : elements) {
    JCA_ASSIGN(const auto text, element.text(network_text_max));
    const auto network = ca::Prefix::parse(text);
    if (!network) return element.fail(network.error().reason);
    networks.push_back(*network);
  }
  return networks;
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
  if (!binding.endpoint.empty() && !is_endpoint(binding.endpoint))
    return endpoint.fail("expected an address and a port");
  return fields.finish();
}

Parsed<Binding> read_payload(std::string_view text) {
  JCA_ASSIGN(const auto document, JsonValue::parse(text, "binding", binding_bytes_max));
  JCA_ASSIGN(auto object, document.object());
  Binding binding;
  JCA_ASSIGN(binding.authority, read_digest(object, "iss"));
  JCA_ASSIGN(binding.name, read_text(object, "sub", ca::host_name_bytes_max));
  if (!ca::is_host_name(binding.name)) return malformed("binding.sub", "not the name of a host");
  JCA_ASSIGN(binding.not_before, read_time(object, "nbf"));
  JCA_ASSIGN(binding.not_after, read_time(object, "exp"));
  JCA_ASSIGN(binding.serial, read_digest(object, "jti"));
  JCA_ASSIGN(binding.groups, read_groups(object));
  JCA_ASSIGN(binding.networks, read_networks(object));
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
