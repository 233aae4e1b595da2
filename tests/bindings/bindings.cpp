// tests/bindings/bindings.cpp — an authority of two parties in one program, that signs bindings and
// a list of revocations without asking anyone.
//
//   jointca_bindings <SPEC   reads {"seed":1,"bindings":[{"name","public_key","networks","groups",
//   "endpoint","not_before","not_after"}…],"revocations":{"number","this_update","next_update",
//   "revoked":[fingerprint…]}} and prints {"authority":…,"key":…,"tokens":[…],"fingerprints":[…],
//   "revocations":…}
//
// For the system tests of WireGuard. The same seed is the same authority.
#include <iostream>
#include <iterator>

#include <nlohmann/json.hpp>

#include "ca/revocations.h"
#include "daemon/authority_check.h"
#include "tests/support/frost_keys.h"
#include "tests/support/nebula_ca.h"
#include "wg-adapter/binding.h"

namespace {

using namespace jointca;
using Json = nlohmann::ordered_json;

using Keys = PerParty<frost::KeyPackage>;

/// FROST signatures by all parties.
std::vector<SignatureBytes> sign(const Keys& keys, const std::vector<frost::Statement>& statements,
                                 Rng& rng) {
  std::vector<SignatureBytes> out;
  for (std::size_t start = 0; start < statements.size(); start += frost::items_max) {
    const std::size_t end = std::min(statements.size(), start + frost::items_max);
    const std::vector<frost::Statement> some(
        statements.begin() + static_cast<std::ptrdiff_t>(start),
        statements.begin() + static_cast<std::ptrdiff_t>(end));
    PerParty<frost::Begun> begun;
    PerParty<frost::CommitMessage> commitments;
    for (const auto& [party, key] : keys) {
      begun.emplace(party, frost::begin_session(key, some.size(), rng, rng.array<32>()));
      commitments.emplace(party, begun.at(party).message);
    }
    const auto package = frost::make_package(some, commitments);
    JCA_ASSERT(package.has_value());
    PerParty<frost::ShareMessage> shares;
    for (auto& [party, mine] : begun)
      shares.emplace(party, *frost::sign_batch(std::move(mine.nonces), *package, keys.at(party)));
    const auto signatures = frost::aggregate_batch(*package, shares, keys.begin()->second.group);
    JCA_ASSERT(signatures.has_value());
    out.insert(out.end(), signatures->begin(), signatures->end());
  }
  return out;
}

ca::Authority make_authority(const Keys& keys, Rng& rng) {
  const frost::GroupKey& group = keys.begin()->second.group;
  ca::Authority authority;
  authority.name = "mesh";
  authority.scheme = "ed25519";
  authority.group_public_key = group.public_key.public_key();
  authority.min_signers = 2;
  authority.networks = {test::prefix("10.42.0.0/16"), test::prefix("fd42::/64")};
  const nebula::Details details =
      nebula::ca_details("mesh", {}, {}, 0, test::nebula_now + 365 * 86400,
                         nebula::Curve::curve25519, key_bytes(authority.group_public_key));
  const auto bytes = nebula::to_be_signed(nebula::Version::v1, details);
  const SignatureBytes signature = sign(keys, {{"", *bytes}}, rng).front();
  authority.ca_certificates = {
      nebula::to_pem(*nebula::assemble(nebula::Version::v1, details, signature))};
  authority.ceremony.session = rng.array<32>();
  authority.ceremony.transcript = rng.array<32>();
  PerParty<SigningKey> identities;
  for (const auto& [party, key] : keys) {
    identities.emplace(party, SigningKey::generate(rng));
    const std::string name = "party" + std::to_string(party.value());
    const std::string origin = name + ".example/log";
    const std::string address = "192.0.2." + std::to_string(party.value());
    const PublicKey log_key = SigningKey::generate(rng).public_key();
    const PublicKey cosigner_key = SigningKey::generate(rng).public_key();
    authority.parties.push_back(
        {party.value(),
         {name, identities.at(party).public_key(), log::vkey_text(origin, log_key),
          log::NoteVerifier{origin + "/cosigner", log::NoteKeyType::cosignature, cosigner_key}
              .text(),
          address + ":7001", address + ":7443"},
         to_bytes(group.verifying_shares.at(party).bytes())});
  }
  const auto statement = daemon::statement_of(authority);
  JCA_ASSERT(statement.has_value());
  authority.id = statement->digest();
  for (const auto& [party, identity] : identities)
    authority.ceremony.signatures.push_back(
        ceremony::begin(*statement, party, identity, daemon::roster_of(authority))
            .outbox.to_all.signature);
  JCA_ASSERT(daemon::checked_authority(ca::to_json(authority)).has_value());
  return authority;
}

Digest digest_from(const std::string& text) { return *to_array<32>(*from_hex(text)); }

wireguard::Binding binding_from(const Json& spec, const Digest& authority) {
  wireguard::Binding binding;
  binding.authority = authority;
  binding.name = spec.at("name").get<std::string>();
  binding.serial = sha256(as_bytes(spec.dump()));
  binding.public_key = *to_array<32>(*from_base64(spec.at("public_key").get<std::string>()));
  for (const Json& network : spec.at("networks"))
    binding.networks.push_back(test::prefix(network.get<std::string>()));
  binding.endpoint = spec.at("endpoint").get<std::string>();
  binding.groups = spec.at("groups").get<std::vector<std::string>>();
  binding.not_before = time_from_unix(spec.at("not_before").get<std::int64_t>());
  binding.not_after = time_from_unix(spec.at("not_after").get<std::int64_t>());
  return binding;
}

std::string revocations_from(const Json& spec, const Digest& authority, const Keys& keys,
                             Rng& rng) {
  ca::Revocations list;
  list.authority = authority;
  list.number = spec.at("number").get<std::uint64_t>();
  list.this_update = time_from_unix(spec.at("this_update").get<std::int64_t>());
  list.next_update = time_from_unix(spec.at("next_update").get<std::int64_t>());
  for (const Json& fingerprint : spec.at("revoked")) {
    const Digest digest = digest_from(fingerprint.get<std::string>());
    list.revoked.push_back({digest, digest, "wireguard", list.next_update});
  }
  std::sort(list.revoked.begin(), list.revoked.end());
  const std::string text = ca::to_json(list);
  const auto signatures =
      sign(keys, {{std::string(ca::revocations_purpose), ca::revocations_message(text)}}, rng);
  return ca::to_json(ca::SignedRevocations{text, signatures.front()});
}

Json answer(const Json& spec) {
  test::SeededRng rng(spec.at("seed").get<std::uint64_t>());
  const Keys keys = test::deal(2, 2, rng);
  const ca::Authority authority = make_authority(keys, rng);
  const std::string purpose(wireguard::bindings_purpose);
  std::vector<wireguard::Binding> bindings;
  std::vector<frost::Statement> statements;
  for (const Json& one : spec.at("bindings")) {
    bindings.push_back(binding_from(one, authority.id));
    statements.push_back({purpose, wireguard::to_be_signed(bindings.back())});
  }
  SystemRng fresh;  // the keys may be known, their nonces are not used twice
  const auto signatures = sign(keys, statements, fresh);
  Json tokens = Json::array();
  Json fingerprints = Json::array();
  for (std::size_t i = 0; i < bindings.size(); ++i) {
    tokens.push_back(wireguard::assemble(bindings[i], signatures[i]));
    fingerprints.push_back(to_hex(wireguard::fingerprint(bindings[i])));
  }
  const frost::GroupKey& group = keys.begin()->second.group;
  Json out{{"authority", ca::to_json(authority)},
           {"key", to_hex(frost::derive(group.public_key, purpose).public_key.bytes())},
           {"tokens", std::move(tokens)},
           {"fingerprints", std::move(fingerprints)}};
  if (spec.contains("revocations"))
    out["revocations"] = revocations_from(spec.at("revocations"), authority.id, keys, fresh);
  return out;
}

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): it then ends, and says why
int main() {
  const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
  std::cout << answer(Json::parse(text)).dump() << '\n';
}
