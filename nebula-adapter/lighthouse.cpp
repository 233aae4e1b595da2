#include "nebula-adapter/lighthouse.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "ca/claims.h"
#include "crypto/hash.h"
#include "crypto/jws.h"

namespace jointca::nebula {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view header = R"({"alg":"EdDSA","typ":"jointca-lighthouse+jwt"})";
constexpr std::size_t endpoint_text_max = 64;

std::string payload(const Lighthouse& lighthouse) {
  Json networks = Json::array();
  for (const ca::Prefix& network : lighthouse.networks) networks.push_back(network.text());
  const Json json{{"iss", to_hex(lighthouse.authority)},
                  {"sub", lighthouse.name},
                  {"nbf", unix_seconds(lighthouse.not_before)},
                  {"exp", unix_seconds(lighthouse.not_after)},
                  {"jti", to_hex(lighthouse.serial)},
                  {"networks", std::move(networks)},
                  {"nebula", {{"endpoint", lighthouse.endpoint}}}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Parsed<Lighthouse> read_payload(std::string_view text) {
  JCA_ASSIGN(const auto document, JsonValue::parse(text, "lighthouse", lighthouse_bytes_max));
  JCA_ASSIGN(auto object, document.object());
  Lighthouse lighthouse;
  JCA_ASSIGN(lighthouse.authority, ca::read_digest(object, "iss"));
  JCA_ASSIGN(lighthouse.name, ca::read_host_name(object, "sub"));
  JCA_ASSIGN(lighthouse.not_before, ca::read_time(object, "nbf"));
  JCA_ASSIGN(lighthouse.not_after, ca::read_time(object, "exp"));
  JCA_ASSIGN(lighthouse.serial, ca::read_digest(object, "jti"));
  JCA_ASSIGN(lighthouse.networks, ca::read_networks(object, "networks"));
  JCA_ASSIGN(const auto value, object.required("nebula"));
  JCA_ASSIGN(auto nebula, value.object());
  JCA_ASSIGN(lighthouse.endpoint, ca::read_text(nebula, "endpoint", endpoint_text_max));
  if (!ca::is_endpoint(lighthouse.endpoint))
    return malformed("lighthouse.nebula.endpoint", "expected an address and a port");
  JCA_TRY(nebula.finish());
  JCA_TRY(object.finish());
  return lighthouse;
}

}  // namespace

Bytes to_be_signed(const Lighthouse& lighthouse) {
  return to_bytes(jws::signing_input(header, payload(lighthouse)));
}

Parsed<Lighthouse> parse_lighthouse(BytesView signed_bytes) {
  if (signed_bytes.size() > lighthouse_bytes_max) return malformed("lighthouse", "too long");
  JCA_ASSIGN(const auto content, jws::parse_signing_input(to_text(signed_bytes)));
  if (content.header != header) return malformed("header", "not a lighthouse's");
  JCA_ASSIGN(auto lighthouse, read_payload(content.payload));
  if (payload(lighthouse) != content.payload)
    return malformed("lighthouse", "not in canonical form");
  return lighthouse;
}

Digest fingerprint(const Lighthouse& lighthouse) { return sha256(to_be_signed(lighthouse)); }

std::string assemble(const Lighthouse& lighthouse, const SignatureBytes& signature) {
  return jws::join(to_text(to_be_signed(lighthouse)), signature);
}

Result<Lighthouse, Error> open_lighthouse(std::string_view token, const Digest& authority,
                                          const PublicKey& key) {
  const auto refused = [](const ParseError& error) {
    return failed(Error::Code::verification,
                  "the statement of a lighthouse is refused: " + error.text());
  };
  const auto compact = jws::parse(token, lighthouse_bytes_max);
  if (!compact) return refused(compact.error());
  auto lighthouse = parse_lighthouse(as_bytes(compact->signing_input));
  if (!lighthouse) return refused(lighthouse.error());
  if (lighthouse->authority != authority)
    return failed(Error::Code::verification, "the lighthouse is another authority's");
  if (const auto verified = jws::verify(*compact, key); !verified) return refused(verified.error());
  return *std::move(lighthouse);
}

bool valid_at(const Lighthouse& lighthouse, Time time) {
  return lighthouse.not_before <= time && time < lighthouse.not_after;
}

Result<Ok, Rejection> check_issuable(const Lighthouse& lighthouse) {
  const auto reject = [](std::string rule, std::string reason) {
    return Unexpected{Rejection{std::move(rule), std::move(reason)}};
  };
  if (!ca::is_host_name(lighthouse.name)) return reject("name", "not the name of a host");
  if (lighthouse.networks.empty()) return reject("no network", "a lighthouse needs an address");
  if (lighthouse.networks.size() > ca::host_networks_max)
    return reject("network count", "too many addresses");
  const auto not_less = [](const ca::Prefix& a, const ca::Prefix& b) {
    return a.address >= b.address;
  };
  if (std::adjacent_find(lighthouse.networks.begin(), lighthouse.networks.end(), not_less) !=
      lighthouse.networks.end())
    return reject("network order", "addresses are not sorted, or one stands twice");
  if (!ca::is_endpoint(lighthouse.endpoint))
    return reject("endpoint",
                  "a lighthouse is reached at an IP address and a port, as 192.0.2.1:4242");
  if (unix_seconds(lighthouse.not_before) < 0 || lighthouse.not_after <= lighthouse.not_before)
    return reject("validity", "it would end before it begins");
  const auto read = parse_lighthouse(to_be_signed(lighthouse));
  if (!read || *read != lighthouse) return reject("encoding", "it does not survive encoding");
  return Ok{};
}

}  // namespace jointca::nebula
