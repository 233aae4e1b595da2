// tests/unit/threshold/cggmp24/error_round_test.cpp — the error round and its evidence, where
// signers are in league or accusers mix what is not of one session.
#include <catch2/catch.hpp>

#include "tests/unit/threshold/cggmp24/authority.h"
#include "tests/unit/threshold/cggmp24/saboteur.h"

namespace jointca::cggmp24 {
namespace {

using namespace jointca::test;
using namespace presign;

const PartySet signers{P(1), P(2), P(3)};
const Identifier liar = P(3);
const Authority& authority() { return toy_authority(2, 3); }

const auto lies =
    only_at<AwaitingRound3>([](auto& steps) { Saboteur::lie(steps.at(liar), Factor::gamma); });

bool convicts(const Network& network, const Evidence& evidence) {
  return verify_evidence(evidence, stranger(network, 2), evidence_checks(parameters<Toy>()))
      .has_value();
}

/// P1's case after one run in which P3 lied, as if against `culprit`.
Evidence case_against(Network& network, Identifier culprit) {
  const auto outcomes = run_presign(network, begin_presign(authority(), network), lies);
  REQUIRE_FALSE(outcomes.at(P(1)));
  const Blame& blame = outcomes.at(P(1)).error();
  REQUIRE(blame.faults.size() == 1);
  Fault fault = blame.faults.front();
  CHECK(fault.culprit == liar);
  CHECK(fault.check == "cggmp24.presign.reasons.dec");
  fault.culprit = culprit;
  auto evidence = make_evidence(fault, network.authority, network.session,
                                network.received.at(P(1)), blame.inputs);
  REQUIRE(evidence);
  return *std::move(evidence);
}

}  // namespace

TEST_CASE("an honest signer's message of the error round convicts it of nothing") {
  Network network(signers, 31);
  CHECK(convicts(network, case_against(network, liar)));
  network.received.clear();
  Evidence evidence = case_against(network, P(2));
  for (const auto& [name, unused] : evidence_checks(parameters<Toy>())) {
    INFO(name);
    evidence.check = name;
    CHECK_FALSE(convicts(network, evidence));
  }
}

TEST_CASE("exhibits and inputs of two sessions convict nobody, not even who lied in both") {
  Network network(signers, 32);
  const Evidence one = case_against(network, liar);
  network.session = Digest{1};
  network.received.clear();
  const Evidence other = case_against(network, liar);
  REQUIRE(convicts(network, one));
  REQUIRE(convicts(network, other));
  REQUIRE(one.inputs.size() == 4);
  for (Evidence mixed : {one, other}) {
    const Evidence& foreign = mixed.session == one.session ? other : one;
    const Evidence whole = mixed;
    mixed.session = foreign.session;
    CHECK_FALSE(convicts(network, mixed));
    mixed = whole;
    mixed.envelopes = foreign.envelopes;
    CHECK_FALSE(convicts(network, mixed));
    mixed = whole;
    mixed.inputs = foreign.inputs;
    CHECK_FALSE(convicts(network, mixed));
    mixed.session = foreign.session;
    CHECK_FALSE(convicts(network, mixed));
    for (const auto& [name, unused] : whole.inputs) {  // "setup" is the same in both
      mixed = whole;
      mixed.inputs.at(name) = foreign.inputs.at(name);
      CHECK(convicts(network, mixed) == (name == "setup"));
    }
  }
}

namespace {

/// Presigning by P1 and by P2 and P3 in league: P3 let pass that P2 sent it `forge(product, …)`.
class League {
 public:
  explicit League(PerParty<Step<AwaitingRound3>>& steps) : steps_(steps) {}

  /// All that P1 then sees, with a δ of P3 that does not sum up.
  template <class Forge>
  [[nodiscard]] History history(const Forge& forge) const {
    const History& seen = Saboteur::history(steps_.at(P(1)).stage);
    History history(seen.setup());
    history.add(seen.round1());
    PerParty<Round2Message> second = seen.round2();
    forge(second.at(P(2)).products.at(P(3)).gamma);
    history.add(std::move(second));
    PerParty<Round3Message> third;
    for (const auto& [self, step] : steps_) third.emplace(self, step.outbox.to_all);
    third.at(P(3)).delta = third.at(P(3)).delta + p256::Scalar(1);
    history.add(std::move(third));
    REQUIRE(history.mismatch() == Factor::gamma);
    return history;
  }
  [[nodiscard]] const Secrets& secrets(Identifier party) const {
    return Saboteur::secrets(steps_.at(party).stage);
  }
  /// A Πdec of nothing of the kind: there is no witness.
  [[nodiscard]] ReasonsMessage pretend(const History& history, Identifier party) const {
    ReasonsMessage message = reasons(this->history(honest), secrets(party));
    message.view = history.view();
    return message;
  }

 private:
  PerParty<Step<AwaitingRound3>>& steps_;
};

/// 0, a multiple of N, and one of a prime, which only its owner can make.
std::vector<Integer> non_units(const PaillierSecretKey& key) {
  return {Integer(), key.public_key().modulus(), key.primes().p().reveal()};
}

std::string_view failure(const Checked& checked) { return checked ? "" : checked.error(); }

/// Πdec of `party` has no statement, and the party is named for it.
void check_named_by_dec(const League& league, const History& history, Identifier party) {
  const ReasonsMessage message = league.pretend(history, party);
  const auto proof =
      parse(std::type_identity<dec::Proof>{}, *history.setup().parameters, message.dec);
  REQUIRE(proof);
  CHECK(failure(dec::verify(history.context("presign.reasons.dec", party),
                            share_statement(history, Factor::gamma, party), *proof)) ==
        "cggmp24.dec.D");
  CHECK(failure(check_reasons(history, party, message)) == "cggmp24.presign.reasons.dec");
}

std::string_view failure_of(const League& league, const History& history, Identifier party) {
  return failure(check_reasons(history, party, reasons(history, league.secrets(party))));
}

}  // namespace

TEST_CASE("the error round: two in league, between whom a product was no unit") {
  Network network(signers, 33);
  bool done = false;
  const auto look = only_at<AwaitingRound3>([&](auto& steps) {
    const League league(steps);
    for (const Integer& D : non_units(*league.secrets(P(3)).paillier)) {
      const History history = league.history([&](Product& product) { product.D = D; });
      CHECK(failure_of(league, history, P(1)).empty());
      CHECK(failure_of(league, history, P(2)) == "cggmp24.presign.reasons.affine");
      check_named_by_dec(league, history, P(3));
    }
    for (const Integer& F : non_units(*league.secrets(P(2)).paillier)) {
      const History history = league.history([&](Product& product) { product.F = F; });
      CHECK(failure_of(league, history, P(1)).empty());
      check_named_by_dec(league, history, P(2));
      CHECK(failure_of(league, history, P(3)) == "cggmp24.presign.reasons.dec");  // its δ
    }
    done = true;
  });
  CHECK(run_presign(network, begin_presign(authority(), network), look).at(P(1)));
  CHECK(done);
}

}  // namespace jointca::cggmp24
