// tests/unit/threshold/cggmp24/saboteur_test.cpp — one signer alters one field of one message of
// presigning or signing: every other ends with the expected finding, and a stranger agrees.
#include "tests/unit/threshold/cggmp24/saboteur.h"

#include <catch2/catch.hpp>

#include "tests/unit/threshold/cggmp24/authority.h"
#include "tests/unit/threshold/cggmp24/change_field.h"

namespace jointca::cggmp24 {
namespace {

using namespace jointca::test;
using namespace presign;
namespace rounds = cggmp24::round_number;

const Identifier cheat = P(2);
const PartySet signers{P(1), P(2), P(3)};
const Authority& authority() { return toy_authority(2, 3); }

/// One row: the k-th field of a message, and what must be found.
struct Row {
  std::size_t field;
  const char* check;
  bool by_P1_alone = false;
};

bool is_local(const std::string& check) { return check.ends_with("view"); }

/// `witness` blames the cheat for `check`, to be shown to a stranger unless it is a local one.
template <class T>
void check_found(const Network& network, const PerParty<Outcome<T>>& outcomes, Identifier witness,
                 const std::string& check) {
  if (is_local(check))
    check_blamed(network, outcomes, witness, cheat, check, Fault::Standing::local);
  else if (witness == P(1))
    check_shown(network, outcomes, witness, cheat, check, 2, parameters<Toy>());
  else
    check_blamed(network, outcomes, witness, cheat, check);
}

/// The cheat's messages of this kind have a field changed.
template <class Message>
void alter_field(Network& network, std::uint16_t round, std::size_t field) {
  network.alter = [=](Identifier from, Identifier, std::uint16_t at, Bytes payload) {
    if (from != cheat || at != round) return payload;
    auto message = parse(std::type_identity<Message>{}, payload);
    if (!message) return payload;  // the other kind of this round
    FieldChanger change(field);
    Message::fields(*message, change);
    REQUIRE(change.changed());
    return encoded(*message);
  };
}

template <class Message>
std::size_t field_count(Message message) {
  FieldChanger counter(~std::size_t{0});
  Message::fields(message, counter);
  return counter.count();
}

template <class Message>
void sabotage(std::uint16_t round, const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    INFO("round " << round << ", field " << row.field << ": " << row.check);
    Network network(signers);
    alter_field<Message>(network, round, row.field);
    const auto outcomes = run_presign(network, begin_presign(authority(), network), honest);
    for (const Identifier witness : {P(1), P(3)}) {
      if (!row.by_P1_alone || witness == P(1)) {
        check_found(network, outcomes, witness, row.check);
      } else {
        REQUIRE_FALSE(outcomes.at(witness));
        CHECK(outcomes.at(witness).error().faults.empty());
      }
    }
  }
}

}  // namespace

TEST_CASE("presigning, round 1: every field of the message to all") {
  CHECK(field_count(Round1Message{}) == 8);
  sabotage<Round1Message>(rounds::presign_secrets, {{0, "cggmp24.presign.r1.view"},
                                                    {1, "cggmp24.presign.r1.k"},        // K
                                                    {2, "cggmp24.presign.r1.gamma"},    // G
                                                    {3, "cggmp24.presign.r1.k"},        // Y
                                                    {4, "cggmp24.presign.r1.k"},        // A1
                                                    {5, "cggmp24.presign.r1.k"},        // A2
                                                    {6, "cggmp24.presign.r1.gamma"},    // B1
                                                    {7, "cggmp24.presign.r1.gamma"}});  // B2
}

TEST_CASE("presigning, round 1: every field of the message to each") {
  sabotage<Round1Proofs>(rounds::presign_secrets, {{0, "cggmp24.presign.r1.view"},
                                                   {1, "cggmp24.presign.r1.k"},
                                                   {2, "cggmp24.presign.r1.gamma"}});
}

TEST_CASE("presigning, round 2: every field of the message to all") {
  // Products are for P1 first, then for P3.
  sabotage<Round2Message>(rounds::presign_products, {{0, "cggmp24.presign.r2.view"},
                                                     {1, "cggmp24.presign.r2.elog"},         // Γ
                                                     {2, "cggmp24.presign.r2.elog"},         // ψ̃
                                                     {3, "cggmp24.presign.r2.gamma", true},  // D
                                                     {4, "cggmp24.presign.r2.gamma", true},  // F
                                                     {5, "cggmp24.presign.r2.x", true},      // D̂
                                                     {6, "cggmp24.presign.r2.x", true}});    // F̂
}

TEST_CASE("presigning, round 2: every field of the message to each") {
  sabotage<Round2Proofs>(rounds::presign_products, {{0, "cggmp24.presign.r2.view"},
                                                    {1, "cggmp24.presign.r2.gamma"},
                                                    {2, "cggmp24.presign.r2.x"}});
}

TEST_CASE("cggmp24.presign.r2.recipients") {
  for (const int kind : {0, 1, 2}) {
    Network network(signers);
    const auto outcomes = run_presign(network, begin_presign(authority(), network),
                                      only_at<AwaitingRound2>([&](auto& steps) {
                                        auto& products = steps.at(cheat).outbox.to_all.products;
                                        if (kind == 0) products.erase(P(3));
                                        if (kind == 1) products.emplace(P(4), products.at(P(3)));
                                        if (kind == 2) products.emplace(cheat, products.at(P(3)));
                                      }));
    for (const Identifier witness : {P(1), P(3)})
      check_found(network, outcomes, witness, "cggmp24.presign.r2.recipients");
  }
}

TEST_CASE("presigning, round 3: the view, Δ and its proof") {
  sabotage<Round3Message>(rounds::presign_shares, {{0, "cggmp24.presign.r3.view"},
                                                   {3, "cggmp24.presign.r3.elog"},
                                                   {4, "cggmp24.presign.r3.elog"}});
}

namespace {

auto lie(Factor factor) {
  return only_at<AwaitingRound3>([factor](auto& steps) { Saboteur::lie(steps.at(cheat), factor); });
}

}  // namespace

TEST_CASE("presigning, round 3: a wrong δ or S leads to its sender through the error round") {
  for (const Factor factor : {Factor::gamma, Factor::x}) {
    Network network(signers);
    const auto outcomes = run_presign(network, begin_presign(authority(), network), lie(factor));
    for (const Identifier witness : {P(1), P(3)})
      check_found(network, outcomes, witness, "cggmp24.presign.reasons.dec");
    // The liar itself finds nobody else.
    REQUIRE_FALSE(outcomes.at(cheat));
    CHECK(outcomes.at(cheat).error().faults.empty());
  }
}

TEST_CASE("the error round: every field of the message to all") {
  // Somebody else lies, so that there is an error round; both are found.
  const Identifier liar = P(3);
  const auto other_lies =
      only_at<AwaitingRound3>([&](auto& steps) { Saboteur::lie(steps.at(liar), Factor::gamma); });
  const std::vector<Row> rows{{0, "cggmp24.presign.reasons.view"},
                              {1, "cggmp24.presign.reasons.dec"},
                              {2, "cggmp24.presign.reasons.affine"}};  // of one peer
  for (const Row& row : rows) {
    INFO(row.field);
    Network network(signers);
    alter_field<ReasonsMessage>(network, rounds::presign_reasons, row.field);
    const auto outcomes = run_presign(network, begin_presign(authority(), network), other_lies);
    REQUIRE_FALSE(outcomes.at(P(1)));
    const Blame& blame = outcomes.at(P(1)).error();
    REQUIRE(blame.faults.size() == 2);
    CHECK(blame.faults[0].culprit == cheat);
    CHECK(blame.faults[0].check == row.check);
    CHECK(blame.faults[1].culprit == liar);
    CHECK(blame.faults[1].check == "cggmp24.presign.reasons.dec");
    for (const Fault& fault : blame.faults) {
      const auto evidence = make_evidence(fault, network.authority, network.session,
                                          network.received.at(P(1)), blame.inputs);
      REQUIRE(evidence.has_value() == !is_local(fault.check));
      if (evidence)
        CHECK(verify_evidence(*evidence, stranger(network, 2), evidence_checks(parameters<Toy>())));
    }
  }
}

TEST_CASE("the error round: two in league, who let a wrong product pass between them") {
  // P2 multiplied by γ for P3 and added one; P3 said nothing, and computes with it.
  Network network(signers);
  bool done = false;
  const auto look = only_at<AwaitingRound3>([&](auto& steps) {
    const History& honest_history = Saboteur::history(steps.at(P(1)).stage);
    PerParty<Round2Message> second = honest_history.round2();
    Product& wrong = second.at(P(2)).products.at(P(3)).gamma;
    const PaillierPublicKey& key = honest_history.setup().signers.at(P(3)).aux.paillier;
    wrong.D = key.add(wrong.D, key.encrypt(Integer(1), Integer(1)));
    History history(honest_history.setup());
    history.add(honest_history.round1());
    history.add(second);
    PerParty<Round3Message> third;
    for (const auto& [self, step] : steps) third.emplace(self, step.outbox.to_all);
    third.at(P(3)).delta = p256::Scalar::reduce(
        product_share(history, Saboteur::secrets(steps.at(P(3)).stage), Factor::gamma).reveal());
    history.add(third);
    REQUIRE(history.mismatch() == Factor::gamma);
    for (const auto& [self, step] : steps) {
      const auto checked =
          check_reasons(history, self, reasons(history, Saboteur::secrets(step.stage)));
      CHECK(checked.has_value() == (self != P(2)));
      if (!checked) CHECK(checked.error() == "cggmp24.presign.reasons.affine");
    }
    done = true;
  });
  const auto outcomes = run_presign(network, begin_presign(authority(), network), look);
  CHECK(outcomes.at(P(1)));
  CHECK(done);
}

TEST_CASE("cggmp24.presign.reasons.recipients") {
  Network network(signers);
  const auto outcomes = run_presign(network, begin_presign(authority(), network), [](auto& steps) {
    lie(Factor::gamma)(steps);
    only_at<AwaitingReasons>(
        [](auto& reasons) { reasons.at(cheat).outbox.to_all.affine.erase(P(1)); })(steps);
  });
  for (const Identifier witness : {P(1), P(3)})
    check_found(network, outcomes, witness, "cggmp24.presign.reasons.recipients");
}

TEST_CASE("messages of presigning that do not parse") {
  struct Kind {
    const char* check;
    std::uint16_t round;
    bool to_each;
  };
  for (const Kind& kind :
       {Kind{"cggmp24.presign.r1.malformed", rounds::presign_secrets, false},
        Kind{"cggmp24.presign.r1.malformed_proofs", rounds::presign_secrets, true},
        Kind{"cggmp24.presign.r2.malformed", rounds::presign_products, false},
        Kind{"cggmp24.presign.r2.malformed_proofs", rounds::presign_products, true},
        Kind{"cggmp24.presign.r3.malformed", rounds::presign_shares, false},
        Kind{"cggmp24.presign.reasons.malformed", rounds::presign_reasons, false}}) {
    Network network(signers);
    network.alter = [&](Identifier from, Identifier, std::uint16_t at, Bytes payload) {
      const bool proofs = parse(std::type_identity<Round1Proofs>{}, payload) ||
                          parse(std::type_identity<Round2Proofs>{}, payload);
      if (from == cheat && at == kind.round && proofs == kind.to_each) payload.push_back(0);
      return payload;
    };
    const auto outcomes =
        run_presign(network, begin_presign(authority(), network), lie(Factor::gamma));
    for (const Identifier witness : {P(1), P(3)})
      check_found(network, outcomes, witness, kind.check);
  }
}

TEST_CASE("a signer with another key, epoch or set of signers is named, by itself and by us") {
  Network network(signers);
  auto steps = begin_presign(authority(), network);
  steps.erase(cheat);
  steps.emplace(cheat,
                begin_presign(authority(), signers, cheat, network.session, network.rng(), 2));
  const auto outcomes = run_presign(network, std::move(steps), honest);
  for (const Identifier witness : {P(1), P(3)})
    check_found(network, outcomes, witness, "cggmp24.presign.r1.view");
  REQUIRE_FALSE(outcomes.at(cheat));
  CHECK(outcomes.at(cheat).error().faults.size() == 2);
}

namespace {

/// Signs with what honest presigning gave; the cheat's partial signature is changed on its way.
PerParty<Outcome<Bytes>> sign_with(Network& network,
                                   const std::function<void(sign::PartialMessage&)>& change) {
  auto steps = begin_sign(presignatures(authority(), network), {network.session, {1, 2, 3}, {}});
  change(steps.at(cheat).outbox.to_all);
  return simulate(network, std::move(steps), honest);
}

}  // namespace

TEST_CASE("signing: every field of the message to all (S7)") {
  CHECK(field_count(sign::PartialMessage{}) == 3);
  for (std::size_t field = 0; field < 3; ++field) {
    Network network(signers);
    const auto outcomes = sign_with(network, [field](sign::PartialMessage& message) {
      FieldChanger change(field);
      sign::PartialMessage::fields(message, change);
    });
    for (const Identifier witness : {P(1), P(3)}) {
      if (field < 2)
        check_blamed(network, outcomes, witness, cheat, "cggmp24.sign.statement",
                     Fault::Standing::local);
      else
        check_found(network, outcomes, witness, "cggmp24.sign.partial");
    }
    // Nobody saw two wrong ones cancel out: whoever sends a wrong one is named for it alone.
    CHECK(outcomes.at(cheat));
  }
}

TEST_CASE("cggmp24.sign.malformed") {
  Network network(signers);
  network.alter = [](Identifier from, Identifier, std::uint16_t at, Bytes payload) {
    if (from == cheat && at == rounds::sign_partials)
      std::fill(payload.end() - 32, payload.end(), std::uint8_t{0xff});
    return payload;
  };
  const auto outcomes = sign_with(network, [](auto&) {});
  for (const Identifier witness : {P(1), P(3)})
    check_found(network, outcomes, witness, "cggmp24.sign.malformed");
}

}  // namespace jointca::cggmp24
