// tests/misbehaviour/frost_ceremony_test.cpp — the ceremony certificate: its checks, what it
// covers.
#include <catch2/catch.hpp>

#include "tests/support/simulate.h"
#include "threshold/ceremony.h"

using namespace jointca;
using namespace jointca::test;
using ceremony::AwaitingSignatures;
using ceremony::Certificate;

namespace {

constexpr std::uint16_t t = 2, n = 3;
const Identifier cheat = P(2);

ceremony::Statement statement_for(Network& network) {
  return {network.session, network.rng().array<32>(), deal(t, n, network.rng()).at(P(1)).group,
          to_bytes("authority data")};
}

frost::GroupKey& key_in(ceremony::Statement& statement) {
  return std::get<frost::GroupKey>(statement.group);
}

PerParty<Step<AwaitingSignatures>> begin_all(const Network& network,
                                             const ceremony::Statement& statement) {
  PerParty<Step<AwaitingSignatures>> steps;
  for (const auto& [self, identity] : network.identities)
    steps.emplace(self, ceremony::begin(statement, self, identity, network.roster));
  return steps;
}

}  // namespace

TEST_CASE("all parties end with the same complete certificate") {
  Network network(n);
  const auto statement = statement_for(network);
  const auto outcomes = simulate(network, begin_all(network, statement), honest);
  for (const auto& [self, outcome] : outcomes) {
    REQUIRE(outcome);
    CHECK(*outcome == *outcomes.at(P(1)));
    CHECK(ceremony::verify_certificate(statement, *outcome, network.roster));
  }
}

TEST_CASE("frost.ceremony.malformed") {
  Network network(n);
  network.alter = [](Identifier from, Identifier, std::uint16_t round, Bytes payload) {
    const bool hit = from == cheat && round == round_number::ceremony_signatures;
    return hit ? Bytes{1} : payload;
  };
  const auto outcomes = simulate(network, begin_all(network, statement_for(network)), honest);
  check_convicted(network, outcomes, all_but(n, cheat), cheat, "frost.ceremony.malformed",
                  stranger(network, t));
}

TEST_CASE("frost.ceremony.signature") {
  Network network(n);
  const auto outcomes = simulate(network, begin_all(network, statement_for(network)),
                                 only_at<AwaitingSignatures>([](auto& steps) {
                                   steps.at(cheat).outbox.to_all.signature[5] ^= 1;
                                 }));
  check_convicted(network, outcomes, all_but(n, cheat), cheat, "frost.ceremony.signature",
                  stranger(network, t));
}

TEST_CASE("frost.ceremony.statement") {
  Network network(n);
  const auto statement = statement_for(network);
  auto steps = begin_all(network, statement);
  auto other = statement;
  other.extra.push_back(1);
  steps.erase(cheat);
  steps.emplace(cheat, ceremony::begin(other, cheat, network.identities.at(cheat), network.roster));
  const auto outcomes = simulate(network, std::move(steps), honest);
  check_convicted(network, outcomes, all_but(n, cheat), cheat, "frost.ceremony.statement",
                  stranger(network, t), {}, Fault::Standing::local);
}

TEST_CASE("a certificate fails when any field of its statement is changed") {
  Network network(n);
  const auto statement = statement_for(network);
  const auto outcomes = simulate(network, begin_all(network, statement), honest);
  const Certificate& certificate = *outcomes.at(P(1));
  const std::vector<std::function<void(ceremony::Statement&)>> mutations{
      [](auto& s) { s.session[0] ^= 1; },
      [](auto& s) { s.transcript[31] ^= 0x80; },
      [](auto& s) { key_in(s).public_key = key_in(s).public_key + Point::base(); },
      [](auto& s) { key_in(s).min_signers = 3; },
      [](auto& s) { key_in(s).verifying_shares.at(P(2)) = key_in(s).verifying_shares.at(P(1)); },
      [](auto& s) { s.extra[0] ^= 1; },
      [](auto& s) { s.extra.clear(); }};
  for (const auto& mutate : mutations) {
    auto changed = statement;
    mutate(changed);
    CHECK_FALSE(ceremony::verify_certificate(changed, certificate, network.roster));
  }
}

TEST_CASE("a certificate needs the signature of every party, and of nobody else") {
  Network network(n);
  const auto statement = statement_for(network);
  const auto outcomes = simulate(network, begin_all(network, statement), honest);
  Certificate certificate = *outcomes.at(P(1));
  certificate.signatures.erase(P(3));
  CHECK_FALSE(ceremony::verify_certificate(statement, certificate, network.roster));
  certificate = *outcomes.at(P(1));
  certificate.signatures.at(P(3)) = certificate.signatures.at(P(1));
  CHECK_FALSE(ceremony::verify_certificate(statement, certificate, network.roster));
  auto fewer = network.roster;
  fewer.erase(P(3));
  CHECK_FALSE(ceremony::verify_certificate(statement, *outcomes.at(P(1)), fewer));
}

TEST_CASE("any holder of the certificate convinces a party that stopped before the last message") {
  Network network(n);
  const auto statement = statement_for(network);
  const auto outcomes = simulate(network, begin_all(network, statement), honest);
  // Party 3 kept its pending statement; the certificate comes from party 1, through its encoding.
  const auto received = parse(std::type_identity<Certificate>{}, encoded(*outcomes.at(P(1))));
  const auto pending = parse(std::type_identity<ceremony::Statement>{}, encoded(statement));
  REQUIRE((received && pending));
  CHECK(ceremony::verify_certificate(*pending, *received, network.roster));
}
