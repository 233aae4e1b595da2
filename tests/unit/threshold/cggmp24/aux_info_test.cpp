// tests/unit/threshold/cggmp24/aux_info_test.cpp — auxiliary information: honest runs, and one test
// for each way to break it.
#include "threshold/cggmp24/aux_info.h"

#include <catch2/catch.hpp>

#include "tests/unit/threshold/cggmp24/phases.h"
#include "tests/unit/threshold/cggmp24/toy.h"
#include "threshold/cggmp24/proofs/fac.h"
#include "threshold/cggmp24/proofs/mod.h"

namespace jointca::cggmp24::aux_info {
namespace {

using namespace jointca::test;
namespace rounds = cggmp24::round_number;

constexpr std::uint16_t n = 3;
const Identifier cheat = P(2);

Setup setup_of(Identifier self, const Digest& session) {
  return {&parameters<Toy>(), self, first_parties(n), session};
}

PerParty<Step<AwaitingCommitments>> begin_all(Network& network) {
  PerParty<Step<AwaitingCommitments>> steps;
  for (const Identifier self : first_parties(n)) {
    const std::size_t i = self.value() - 1U;
    steps.emplace(self, begin(setup_of(self, network.session), toy_pair(2 * i), toy_pair(2 * i + 1),
                              network.rng()));
  }
  return steps;
}

template <class Tamper>
void expect(const std::string& check, Tamper tamper) {
  Network network(n);
  const auto outcomes = simulate(network, begin_all(network), tamper);
  for (const Identifier witness : all_but(n, cheat))
    check_shown(network, outcomes, witness, cheat, check, 2, parameters<Toy>());
}

/// The cheat's messages of a round get another byte at their end.
void expect_too_long(const std::string& check, std::uint16_t round, bool to_each) {
  Network network(n);
  network.alter = [=](Identifier from, Identifier, std::uint16_t at, Bytes payload) {
    const bool is_factor =
        at == rounds::aux_proofs && parse(std::type_identity<FactorMessage>{}, payload);
    if (from == cheat && at == round && is_factor == to_each) payload.push_back(0);
    return payload;
  };
  const auto outcomes = simulate(network, begin_all(network), honest);
  for (const Identifier witness : all_but(n, cheat))
    check_shown(network, outcomes, witness, cheat, check, 2, parameters<Toy>());
}

/// The cheat opens what `change` makes of its opening, having committed to just that. Its first
/// message is corrected after the fact, which only a test can do.
void expect_opened(const std::string& check, const std::function<void(OpeningMessage&)>& change) {
  Network network(n);
  auto first = begin_all(network);
  PerParty<Step<AwaitingOpenings>> second;
  const auto inbox_of = [&](Identifier self) {
    Inbox<AwaitingCommitments::Awaits> inbox;
    for (const auto& [from, step] : first)
      if (from != self) inbox.from_all.emplace(from, step.outbox.to_all);
    return inbox;
  };
  auto own = std::move(first.at(cheat).stage).receive(inbox_of(cheat));
  REQUIRE(own);
  OpeningMessage opening = own->outbox.to_all;
  change(opening);
  first.at(cheat).outbox.to_all.V = commitment(network.session, cheat, opening);
  second.emplace(cheat, *std::move(own));
  for (auto& [self, step] : first)
    if (self != cheat) second.emplace(self, *std::move(step.stage).receive(inbox_of(self)));
  second.at(cheat).outbox.to_all = opening;
  const auto outcomes = simulate(network, std::move(second), honest);
  for (const Identifier witness : all_but(n, cheat))
    check_shown(network, outcomes, witness, cheat, check, 2, parameters<Toy>());
}

}  // namespace

TEST_CASE("honest parties agree on everyone's Paillier keys and ring-Pedersen setups") {
  Network network(n);
  const auto outcomes = simulate(network, begin_all(network), honest);
  const auto& first = outcomes.at(P(1));
  REQUIRE(first);
  for (const auto& [self, outcome] : outcomes) {
    REQUIRE(outcome);
    CHECK(outcome->parties == first->parties);
    CHECK(outcome->rho == first->rho);
    CHECK(outcome->transcript == first->transcript);
    CHECK(outcome->parties.at(self).paillier == outcome->paillier.public_key());
    CHECK(outcome->parties.at(self).pedersen == outcome->pedersen.setup());
    CHECK(outcome->parties.size() == n);
  }
}

TEST_CASE("two parties agree on auxiliary information with production parameters", "[.slow]") {
  Network network(2);
  PerParty<Step<AwaitingCommitments>> steps;
  for (const Identifier self : first_parties(2)) {
    const std::size_t i = self.value() - 1U;
    steps.emplace(self, begin({&parameters<Production>(), self, first_parties(2), network.session},
                              production_pair(2 * i), production_pair(2 * i + 1), network.rng()));
  }
  const auto outcomes = simulate(network, std::move(steps), honest);
  REQUIRE(outcomes.at(P(1)));
  REQUIRE(outcomes.at(P(2)));
  CHECK(outcomes.at(P(1))->parties == outcomes.at(P(2))->parties);
}

TEST_CASE("cggmp24.aux.r1.malformed") {
  expect_too_long("cggmp24.aux.r1.malformed", rounds::aux_commitments, false);
}
TEST_CASE("cggmp24.aux.r2.malformed") {
  expect_too_long("cggmp24.aux.r2.malformed", rounds::aux_openings, false);
}
TEST_CASE("cggmp24.aux.r3.malformed") {
  expect_too_long("cggmp24.aux.r3.malformed", rounds::aux_proofs, false);
}
TEST_CASE("cggmp24.aux.r3.malformed_factor") {
  expect_too_long("cggmp24.aux.r3.malformed_factor", rounds::aux_proofs, true);
}

TEST_CASE("cggmp24.aux.r2.commitment") {
  // Each field of the opening, changed after everyone saw V; and another party's opening.
  for (int field = 0; field < 8; ++field)
    expect("cggmp24.aux.r2.commitment", only_at<AwaitingOpenings>([field](auto& steps) {
             OpeningMessage& opening = steps.at(cheat).outbox.to_all;
             Integer* const integers[] = {&opening.N, &opening.N_hat, &opening.s, &opening.t};
             if (field < 4) *integers[field] = *integers[field] - Integer(2);
             if (field == 4) opening.prm.back() ^= 1;
             if (field == 5) opening.rho[0] ^= 1;
             if (field == 6) opening.u[31] ^= 1;
             if (field == 7) opening = steps.at(P(1)).outbox.to_all;
           }));
}

TEST_CASE("cggmp24.aux.r2.modulus") {
  const char* check = "cggmp24.aux.r2.modulus";
  expect_opened(check, [](auto& opening) { opening.N = opening.N - Integer(1); });
  expect_opened(check, [](auto& opening) { opening.N = opening.N * Integer(3); });
  expect_opened(check, [](auto& opening) { opening.N = Integer(15); });
}

TEST_CASE("cggmp24.aux.r2.setup") {
  const char* check = "cggmp24.aux.r2.setup";
  expect_opened(check, [](auto& opening) { opening.s = Integer(1); });
  expect_opened(check, [](auto& opening) { opening.t = opening.N_hat - Integer(1); });
  expect_opened(check, [](auto& opening) { opening.t = Integer(); });
  expect_opened(check, [](auto& opening) { opening.N_hat = opening.N_hat * Integer(3); });
  // The one modulus that its owner may not use twice.
  expect_opened(check, [](auto& opening) { opening.N = opening.N_hat; });
}

TEST_CASE("cggmp24.aux.r2.prm") {
  const char* check = "cggmp24.aux.r2.prm";
  expect_opened(check, [](auto& opening) { opening.s = opening.N_hat - opening.s; });
  expect_opened(check, [](auto& opening) { opening.prm.clear(); });
  expect_opened(check, [](auto& opening) { opening.prm.push_back(0); });
}

TEST_CASE("cggmp24.aux.r2.shared") {
  // P2 and P3 have one prime pair; by Πprm and Πmod each shows that it knows it.
  Network network(n);
  PerParty<Step<AwaitingCommitments>> steps;
  const std::size_t pairs[n][2] = {{0, 1}, {2, 3}, {4, 2}};
  for (const Identifier self : first_parties(n)) {
    const auto* own = pairs[self.value() - 1U];
    steps.emplace(self, begin(setup_of(self, network.session), toy_pair(own[0]), toy_pair(own[1]),
                              network.rng()));
  }
  const auto outcomes = simulate(network, std::move(steps), honest);
  REQUIRE_FALSE(outcomes.at(P(1)));
  const auto& faults = outcomes.at(P(1)).error().faults;
  REQUIRE(faults.size() == 2);
  for (const Fault& fault : faults) {
    CHECK(fault.check == "cggmp24.aux.r2.shared");
    CHECK(fault.standing == Fault::Standing::local);
    CHECK(fault.culprit != P(1));
  }
}

TEST_CASE("cggmp24.aux.r3.mod") {
  for (int kind = 0; kind < 3; ++kind)
    expect("cggmp24.aux.r3.mod", only_at<AwaitingProofs>([kind](auto& steps) {
             ModulusMessage& message = steps.at(cheat).outbox.to_all;
             if (kind == 0) message.mod.back() ^= 1;
             if (kind == 1) message.rho[0] ^= 1;
             if (kind == 2) message = steps.at(P(1)).outbox.to_all;
           }));
}

TEST_CASE("cggmp24.aux.r3.fac") {
  for (int kind = 0; kind < 4; ++kind)
    expect("cggmp24.aux.r3.fac", only_at<AwaitingProofs>([kind](auto& steps) {
             for (auto& [to, message] : steps.at(cheat).outbox.to_each) {
               if (kind == 0) message.fac.back() ^= 1;
               if (kind == 1) message.s = message.s * message.s;
               if (kind == 2) message.t = Integer(1);
               if (kind == 3) message.rho[0] ^= 1;
             }
           }));
}

TEST_CASE("cggmp24.aux.r3.statement") {
  // Proofs that are right, but under the setup of the other honest party.
  Network network(n);
  const auto swap = only_at<AwaitingProofs>([](auto& steps) {
    auto& to_each = steps.at(cheat).outbox.to_each;
    std::swap(to_each.at(P(1)), to_each.at(P(3)));
  });
  const auto outcomes = simulate(network, begin_all(network), swap);
  for (const Identifier witness : {P(1), P(3)}) {
    check_blamed(network, outcomes, witness, cheat, "cggmp24.aux.r3.statement",
                 Fault::Standing::local);
  }
}

TEST_CASE("messages of auxiliary information have one encoding each, and limits") {
  check_one_encoding(CommitmentMessage{});
  check_one_encoding(
      OpeningMessage{Integer(5), Integer(6), Integer(), Integer(7), {1, 2, 3}, {}, {}});
  check_one_encoding(ModulusMessage{{}, {1, 2, 3}});
  check_one_encoding(FactorMessage{{}, Integer(5), Integer(6), Integer(7), {1, 2, 3}});

  OpeningMessage large{Integer::power_of_two(3072), {}, {}, {}, {}, {}, {}};
  CHECK(!parse(std::type_identity<OpeningMessage>{}, encoded(large)));
  large.N = -Integer(5);
  CHECK(!parse(std::type_identity<OpeningMessage>{}, encoded(large)));
  large.N = Integer();
  large.prm.resize((std::size_t{1} << 17) + 1);
  CHECK(!parse(std::type_identity<OpeningMessage>{}, encoded(large)));
}

TEST_CASE("the proofs of production fit into the messages") {
  const Parameters& set = parameters<Production>();
  const std::size_t residue = 3 + set.modulus_bits() / 8;
  const std::size_t prm = 2 * set.repetitions * residue;
  const std::size_t mod = (2 * set.repetitions + 1) * residue + 2 * set.repetitions;
  CHECK(prm <= std::size_t{1} << 17);
  CHECK(mod <= std::size_t{1} << 17);
  CHECK(set.modulus_bits() == 3072);
}

}  // namespace jointca::cggmp24::aux_info
