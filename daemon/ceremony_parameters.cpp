#include "daemon/ceremony_parameters.h"

#include <algorithm>
#include <set>

#include "ca/subject.h"
#include "crypto/transcript.h"
#include "threshold/cggmp24/presign/presign.h"
#include "transport/endpoint.h"

namespace jointca::daemon {
namespace {

constexpr std::uint8_t version = 1;
constexpr Duration valid_min = std::chrono::minutes(1);

std::string list(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

/// The largest t whose signers can still name the one that spoils their presigning.
std::size_t p256_signers_max() {
  const auto& set = cggmp24::parameters<cggmp24::Production>();
  std::size_t signers = 2;
  while (signers < parties_max && cggmp24::presign::check_quorum(set, signers + 1)) ++signers;
  return signers;
}

}  // namespace

// CeremonyParameters
//   u8     version = 1
//   text16 name, text16 scheme, u16 min_signers
//   u8     networks, each text16;  u16 groups, each text16
//   u64    valid, seconds;  u8 successors
//   u8     cards, by name, each as ca::encode() writes it
void encode(const CeremonyParameters& parameters, Writer& out) {
  out.integer(version).text16(parameters.name).text16(parameters.scheme);
  out.integer(parameters.min_signers);
  out.integer(static_cast<std::uint8_t>(parameters.networks.size()));
  for (const ca::Prefix& network : parameters.networks) out.text16(network.text());
  out.integer(static_cast<std::uint16_t>(parameters.groups.size()));
  for (const std::string& group : parameters.groups) out.text16(group);
  out.integer(static_cast<std::uint64_t>(parameters.valid.count())).integer(parameters.successors);
  out.integer(static_cast<std::uint8_t>(parameters.cards.size()));
  for (const ca::PartyCard& card : parameters.cards) ca::encode(card, out);
}

Parsed<CeremonyParameters> parse(std::type_identity<CeremonyParameters>, BytesView input) {
  Reader in(input);
  CeremonyParameters out;
  JCA_TRY(in.expect(version, "version"));
  JCA_ASSIGN(out.name, in.text16(ca::host_name_bytes_max));
  JCA_ASSIGN(out.scheme, in.text16(16));
  JCA_ASSIGN(out.min_signers, in.integer<std::uint16_t>(2, ca::parties_max));
  JCA_ASSIGN(const auto networks, in.integer<std::uint8_t>(1, ca::networks_max));
  for (unsigned i = 0; i < networks; ++i) {
    JCA_ASSIGN(const auto text, in.text16(64));
    JCA_ASSIGN(const auto network, ca::Prefix::parse(text));
    if (network.text() != text) return in.fail("a network in another form");
    out.networks.push_back(network);
  }
  JCA_ASSIGN(const auto groups, in.integer<std::uint16_t>(0, ca::groups_max));
  for (unsigned i = 0; i < groups; ++i) {
    JCA_ASSIGN(auto group, in.text16(ca::group_name_bytes_max));
    out.groups.push_back(std::move(group));
  }
  JCA_ASSIGN(const auto valid, in.integer<std::uint64_t>(0, std::uint64_t{100} * 366 * 86400));
  out.valid = Duration(static_cast<std::int64_t>(valid));
  JCA_ASSIGN(out.successors, in.integer<std::uint8_t>(0, ca::ca_certificates_max - 1));
  JCA_ASSIGN(const auto cards, in.integer<std::uint8_t>(2, ca::parties_max));
  for (unsigned i = 0; i < cards; ++i) {
    JCA_ASSIGN(auto card, ca::read_card(in));
    out.cards.push_back(std::move(card));
  }
  JCA_TRY(in.finish());
  return out;
}

Result<CeremonyParameters, Error> checked(CeremonyParameters parameters, const PublicKey& self) {
  const auto wrong = [](std::string message) {
    return failed(Error::Code::usage, std::move(message));
  };
  std::sort(parameters.cards.begin(), parameters.cards.end(),
            [](const ca::PartyCard& a, const ca::PartyCard& b) { return a.name < b.name; });
  const std::size_t n = parameters.cards.size();
  if (parameters.scheme != ed25519_scheme && parameters.scheme != p256_scheme)
    return wrong("--scheme: expected ed25519 or p256");
  if (n < 2 || n > ca::parties_max)
    return wrong("--party: expected 2 to 64 cards, got " + std::to_string(n));
  if (parameters.min_signers < 2 || parameters.min_signers > n)
    return wrong("--min-signers: expected 2 to " + std::to_string(n));
  if (parameters.scheme == p256_scheme && parameters.min_signers > p256_signers_max())
    return wrong("--min-signers: with --scheme p256 at most " + std::to_string(p256_signers_max()) +
                 " of the parties can sign together");
  if (!ca::is_host_name(parameters.name))
    return wrong("--name: expected letters, digits, '-', '.', '_'");
  bool own = false;
  std::set<PublicKey> note_keys;
  for (std::size_t i = 0; i < n; ++i) {
    const ca::PartyCard& card = parameters.cards[i];
    own = own || card.identity == self;
    const auto keys = ca::log_keys(card);
    if (!keys) return wrong("card of " + card.name + ": " + keys.error().text());
    // Auditors count keys: a key that two parties had would count once.
    if (!note_keys.insert(keys->log.key).second || !note_keys.insert(keys->cosigner.key).second)
      return wrong("card of " + card.name + ": the log keys of another party");
    for (std::size_t k = i + 1; k < n; ++k)
      if (card.name == parameters.cards[k].name || card.identity == parameters.cards[k].identity)
        return wrong("--party: two cards of " + card.name);
    for (const std::string& endpoint : {card.peer, card.api})
      if (const auto parsed = transport::Endpoint::parse(endpoint); !parsed)
        return wrong("card of " + card.name + ": " + endpoint + ": " + parsed.error().text());
  }
  if (!own) return wrong("--party: this party's own card is missing");
  if (parameters.networks.empty() || parameters.networks.size() > ca::networks_max)
    return wrong("--network: expected 1 to 16");
  for (const ca::Prefix& network : parameters.networks)
    if (network.masked() != network || network.address.is_zero())
      return wrong("--network " + network.text() + ": expected " + network.masked().text());
  for (const std::string& group : parameters.groups)
    if (!ca::is_group_name(group)) return wrong("--group: " + ca::not_a_group_name(group));
  if (parameters.groups.size() > ca::groups_max) return wrong("--group: too many");
  if (parameters.valid < valid_min) return wrong("--valid: expected at least 1m");
  if (parameters.successors >= ca::ca_certificates_max)
    return wrong("--successors: expected 0 to " + std::to_string(ca::ca_certificates_max - 1));
  return parameters;
}

std::string difference(const CeremonyParameters& ours, const CeremonyParameters& theirs) {
  const auto differ = [](const std::string& field, const std::string& a, const std::string& b) {
    return field + " is " + b + " there and " + a + " here";
  };
  const auto networks = [](const CeremonyParameters& p) {
    std::vector<std::string> texts;
    for (const ca::Prefix& network : p.networks) texts.push_back(network.text());
    return list(texts);
  };
  const auto names = [](const CeremonyParameters& p) {
    std::vector<std::string> texts;
    for (const ca::PartyCard& card : p.cards) texts.push_back(card.name);
    return list(texts);
  };
  if (ours.name != theirs.name) return differ("--name", ours.name, theirs.name);
  if (ours.scheme != theirs.scheme) return differ("--scheme", ours.scheme, theirs.scheme);
  if (ours.min_signers != theirs.min_signers)
    return differ("--min-signers", std::to_string(ours.min_signers),
                  std::to_string(theirs.min_signers));
  if (ours.networks != theirs.networks)
    return differ("--network", networks(ours), networks(theirs));
  if (ours.groups != theirs.groups)
    return differ("--group", list(ours.groups), list(theirs.groups));
  if (ours.valid != theirs.valid)
    return differ("--valid", to_text(ours.valid), to_text(theirs.valid));
  if (ours.successors != theirs.successors)
    return differ("--successors", std::to_string(ours.successors),
                  std::to_string(theirs.successors));
  if (names(ours) != names(theirs)) return differ("--party", names(ours), names(theirs));
  for (std::size_t i = 0; i < ours.cards.size(); ++i)
    if (ours.cards[i] != theirs.cards[i])
      return "--party: the card of " + ours.cards[i].name + " is another one there";
  return {};
}

Digest parameters_digest(BytesView parameters) {
  Transcript transcript("jointca/ceremony-parameters/v1");
  transcript.field(parameters);
  return std::move(transcript).digest();
}

}  // namespace jointca::daemon
