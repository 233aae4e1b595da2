#include "host/members.h"

#include <algorithm>

#include "base/json_fields.h"
#include "ca/subject.h"

namespace jointca::host {
namespace {

constexpr std::size_t answer_bytes_max = 16 * 1024;

Parsed<KnownHost> parse_host(std::string_view text, const std::string& name) {
  JCA_ASSIGN(const auto document, JsonValue::parse(text, "host", answer_bytes_max));
  JCA_ASSIGN(auto object, document.object());
  KnownHost host;
  JCA_ASSIGN(const auto name_field, object.required("name"));
  JCA_ASSIGN(host.name, name_field.text(ca::host_name_bytes_max));
  if (ca::name_key(host.name) != ca::name_key(name)) return name_field.fail("another host");
  JCA_ASSIGN(const auto identity, object.required("host_identity"));
  JCA_ASSIGN(const auto identity_text, identity.text(64));
  const auto bytes = from_hex(identity_text);
  const auto key = bytes ? to_array<32>(*bytes) : std::nullopt;
  if (!key) return identity.fail("expected 32 bytes in hexadecimal");
  host.identity = PublicKey{*key};
  JCA_ASSIGN(const auto networks, object.required("networks"));
  JCA_ASSIGN(const auto elements, networks.array(ca::host_networks_max));
  for (const JsonValue& element : elements) {
    JCA_ASSIGN(const auto network_text, element.text(64));
    const auto network = ca::Prefix::parse(network_text);
    if (!network) return element.fail(network.error().reason);
    host.networks.push_back(*network);
  }
  JCA_TRY(object.finish());
  return host;
}

}  // namespace

Result<KnownHost, Error> find_host(Calls& calls, const ca::Authority& authority,
                                   const std::string& name) {
  if (!ca::is_host_name(name)) return failed(Error::Code::usage, name + ": not a host's name");
  std::optional<KnownHost> known;
  std::string first, problems;
  bool reached = false;
  for (const enroll::PartyAddress& party : addresses_of(authority)) {
    const std::string& party_name = authority.party(party.identity)->card.name;
    const auto response = calls.call(party, {"GET", "/v1/hosts/" + name, {}, {}}, fetch_timeout);
    if (!response || (response->status != 200 && response->status != 404)) {
      problems += "\n  " + party_name + ": " +
                  (response ? api_error(*response).message : response.error().message);
      continue;
    }
    reached = true;
    if (response->status == 404) continue;
    auto host = parse_host(response->body, name);
    if (!host) return failed(Error::Code::verification, party_name + ": " + host.error().text());
    if (known && *known != *host)
      return failed(Error::Code::verification,
                    first + " and " + party_name + " say different things of the host " + name +
                        "; try again when both have heard of its newest certificates");
    known = *std::move(host);
    first = party_name;
  }
  if (known) return *std::move(known);
  if (reached) return failed(Error::Code::refused, "no host " + name + " has certificates now");
  return failed(Error::Code::unreachable,
                "no party could be asked who " + name + " is:" + problems);
}

}  // namespace jointca::host
