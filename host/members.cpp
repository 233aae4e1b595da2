#include "host/members.h"

#include <algorithm>

#include "base/json_fields.h"
#include "base/text.h"
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

/// What parties say of one name.
struct Answers {
  std::vector<std::pair<KnownHost, std::vector<std::string>>> said;  ///< and by whom
  std::vector<std::string> nonsense;                                 ///< a line for each
  std::string problems;                                              ///< of parties not reached
  bool reached = false;

  void add(KnownHost host, const std::string& party) {
    const auto same = std::find_if(said.begin(), said.end(),
                                   [&](const auto& each) { return each.first == host; });
    if (same == said.end())
      said.emplace_back(std::move(host), std::vector<std::string>{party});
    else
      same->second.push_back(party);
  }
};

Answers ask_all(Calls& calls, const ca::Authority& authority, const std::string& name) {
  Answers answers;
  for (const enroll::PartyAddress& party : addresses_of(authority)) {
    const std::string& party_name = authority.party(party.identity)->card.name;
    const auto response = calls.call(party, {"GET", "/v1/hosts/" + name, {}, {}}, fetch_timeout);
    if (!response || (response->status != 200 && response->status != 404)) {
      answers.problems += "\n  " + (response ? party_name + ": " + api_error(*response).message
                                             : response.error().message);
      continue;
    }
    answers.reached = true;
    if (response->status == 404) continue;
    if (auto host = parse_host(response->body, name))
      answers.add(*std::move(host), party_name);
    else
      answers.nonsense.push_back(party_name + ": " + host.error().text());
  }
  return answers;
}

}  // namespace

Result<KnownHost, Error> find_host(Calls& calls, const ca::Authority& authority,
                                   const std::string& name,
                                   const std::function<void(const std::string&)>& dissent) {
  if (!ca::is_host_name(name)) return failed(Error::Code::usage, ca::not_a_host_name(name));
  const Answers answers = ask_all(calls, authority, name);
  const auto enough = [&](const auto& each) { return each.second.size() >= authority.min_signers; };
  const auto agreed = std::find_if(answers.said.begin(), answers.said.end(), enough);
  if (agreed == answers.said.end()) {
    std::string who = answers.problems;
    for (const std::string& line : answers.nonsense) who += "\n  " + line;
    for (const auto& [host, parties] : answers.said)
      who += "\n  " + join(parties) + ": " + to_hex(host.identity.bytes);
    if (answers.said.size() > 1)
      return failed(Error::Code::verification,
                    "parties say different things of the host " + name +
                        "; try again when all have heard of its newest certificates:" + who);
    if (answers.said.empty() && answers.nonsense.empty() && answers.reached)
      return failed(Error::Code::refused, "no host " + name + " has certificates now");
    return failed(Error::Code::unreachable, "who " + name + " is must be said by " +
                                                std::to_string(authority.min_signers) +
                                                " parties alike:" + who);
  }
  for (const auto& [host, parties] : answers.said)
    if (host != agreed->first)
      dissent(join(parties) + " says something else of the host " + name + " than " +
              join(agreed->second));
  for (const std::string& line : answers.nonsense) dissent(line);
  return agreed->first;
}

}  // namespace jointca::host
