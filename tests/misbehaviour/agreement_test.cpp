// tests/misbehaviour/agreement_test.cpp — agreement on a subject, and the echoes of rounds in which
// only some parties take part.
#include "threshold/agreement.h"

#include <catch2/catch.hpp>

#include "tests/support/simulate.h"

using namespace jointca;
using namespace jointca::test;
using agreement::AwaitingNonces;

namespace {

constexpr std::uint16_t t = 2, n = 5;
const Identifier cheat = P(2);

PerParty<Step<AwaitingNonces>> begin_all(Network& network, const PartySet& signers) {
  PerParty<Step<AwaitingNonces>> steps;
  for (const Identifier self : signers)
    steps.emplace(self, agreement::begin(Digest{1}, self, network.rng()));
  return steps;
}

/// Some signers of five parties, and what a stranger knows of all five.
struct Signers {
  Signers() {
    PartySet some{P(1), P(2), P(4)};
    for (const Identifier party : first_parties(n))
      if (!some.contains(party)) network.roster.erase(party);
    context = stranger(all, t);
    network.authority = all.authority;
    network.session = all.session;
    for (const Identifier party : some) signers.insert(party);
  }
  Network all{n}, network{n};
  PartySet signers;
  EvidenceContext context;
};

/// Replaces the cheat's echo of the agreement.
Network::Alter echo_changed_by(std::function<void(EchoMessage&)> change) {
  return [change](Identifier from, Identifier, std::uint16_t round, Bytes payload) {
    if (from != cheat || round != round_number::echo_of(round_number::agreement)) return payload;
    EchoMessage echo = *parse(std::type_identity<EchoMessage>{}, payload);
    change(echo);
    return encoded(echo);
  };
}

}  // namespace

TEST_CASE("those who agree have one value, and another one every time") {
  Network network(3);
  std::set<Digest> values;
  for (int run = 0; run < 2; ++run) {
    const auto outcomes = simulate(network, begin_all(network, first_parties(3)), honest);
    for (const auto& [self, outcome] : outcomes) {
      REQUIRE(outcome);
      values.insert(*outcome);
    }
  }
  CHECK(values.size() == 2);
}

TEST_CASE("a party that repeats all others' nonces does not repeat the value") {
  std::set<Digest> values;
  for (const std::uint64_t seed : {1U, 2U}) {
    Network network(3);
    SeededRng own(seed), others(7);
    auto step = agreement::begin(Digest{1}, P(1), own);
    Inbox<AwaitingNonces::Awaits> inbox;
    for (const Identifier party : {P(2), P(3)})
      inbox.from_all.emplace(party, agreement::begin(Digest{1}, party, others).outbox.to_all);
    const auto value = std::move(step.stage).receive(std::move(inbox));
    REQUIRE(value);
    values.insert(*value);
  }
  CHECK(values.size() == 2);
}

TEST_CASE("agreement.malformed") {
  Network network(3);
  network.alter = [](Identifier from, Identifier, std::uint16_t round, Bytes payload) {
    return from == cheat && round == round_number::agreement ? Bytes{1} : payload;
  };
  const auto outcomes = simulate(network, begin_all(network, first_parties(3)), honest);
  check_convicted(network, outcomes, all_but(3, cheat), cheat, "agreement.malformed",
                  stranger(network, t));
}

TEST_CASE("agreement.subject") {
  Network network(3);
  auto steps = begin_all(network, first_parties(3));
  steps.at(cheat).outbox.to_all.subject[31] ^= 1;
  const auto outcomes = simulate(network, std::move(steps), honest);
  check_convicted(network, outcomes, all_but(3, cheat), cheat, "agreement.subject",
                  stranger(network, t), {}, Fault::Standing::local);
}

TEST_CASE("broadcast.signers") {
  Signers run;
  run.network.alter = echo_changed_by([](EchoMessage& echo) { echo.received.pop_back(); });
  const auto outcomes = simulate(run.network, begin_all(run.network, run.signers), honest);
  check_convicted(run.network, outcomes, {P(1), P(4)}, cheat, "broadcast.signers", run.context, {},
                  Fault::Standing::local);
}

TEST_CASE("an echo of signers with a header that was not sent convicts") {
  const std::vector<std::function<void(EchoMessage&)>> changes{
      [](EchoMessage& echo) { echo.received[2].payload_digest[0] ^= 1; },
      [](EchoMessage& echo) { echo.received[0].header.session[0] ^= 1; },
      [](EchoMessage& echo) { std::swap(echo.received[0], echo.received[2]); },
      [](EchoMessage& echo) { echo.received.push_back(echo.received.back()); }};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    DYNAMIC_SECTION("change " << i) {
      Signers run;
      run.network.alter = echo_changed_by(changes[i]);
      const auto outcomes = simulate(run.network, begin_all(run.network, run.signers), honest);
      check_convicted(run.network, outcomes, {P(1), P(4)}, cheat, "broadcast.echo", run.context);
    }
  }
}

TEST_CASE(
    "an honest echo of some signers convicts nobody before a stranger who knows all parties") {
  Signers run;
  for (const auto& [self, outcome] :
       simulate(run.network, begin_all(run.network, run.signers), honest))
    REQUIRE(outcome);
  const auto echo_round = round_number::echo_of(round_number::agreement);
  std::size_t echoes = 0;
  for (const Envelope& message : run.network.received.at(P(1))) {
    if (message.header.round != echo_round) continue;
    const Evidence evidence{run.network.authority,
                            run.network.session,
                            Identifier(message.header.from),
                            "broadcast.echo",
                            {message},
                            {},
                            {}};
    CHECK_FALSE(verify_evidence(evidence, run.context));
    ++echoes;
  }
  CHECK(echoes == 2);
}
