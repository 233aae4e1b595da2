// tests/unit/threshold/cggmp24/keygen_test.cpp — key generation over P-256: honest runs, and one
// test for each way to break it.
#include "threshold/cggmp24/keygen.h"

#include <catch2/catch.hpp>

#include "crypto/derived_rng.h"
#include "tests/unit/threshold/cggmp24/phases.h"

namespace jointca::cggmp24::keygen {
namespace {

using namespace jointca::test;
namespace rounds = cggmp24::round_number;
using p256::Point;
using p256::Scalar;
using p256::SecretScalar;

constexpr std::uint16_t t = 3, n = 5;
const Identifier cheat = P(2);

PerParty<Step<AwaitingCommitments>> begin_all(Network& network, std::uint16_t cheats_t = t) {
  PerParty<Step<AwaitingCommitments>> steps;
  for (const Identifier self : first_parties(n))
    steps.emplace(self,
                  begin({self, self == cheat ? cheats_t : t, first_parties(n), network.session},
                        network.rng()));
  return steps;
}

template <class Tamper>
void expect(const std::string& check, Tamper tamper, std::uint16_t cheats_t = t) {
  Network network(n);
  const auto outcomes = simulate(network, begin_all(network, cheats_t), tamper);
  for (const Identifier witness : all_but(n, cheat))
    check_shown(network, outcomes, witness, cheat, check, t, parameters<Production>());
}

/// The cheat's payload of a round is replaced; each honest party blames it for that.
void expect_replaced(const std::string& check, std::uint16_t round, bool to_each,
                     const std::function<Bytes(Bytes)>& change) {
  Network network(n);
  network.alter = [=](Identifier from, Identifier, std::uint16_t at, Bytes payload) {
    // A share is 33 bytes; an opening is longer.
    const bool hit = from == cheat && at == round && to_each == (payload.size() == 33);
    return hit ? change(std::move(payload)) : payload;
  };
  const auto outcomes = simulate(network, begin_all(network), honest);
  for (const Identifier witness : all_but(n, cheat))
    check_shown(network, outcomes, witness, cheat, check, t, parameters<Production>());
}

Bytes garbage(Bytes) { return {1, 2, 3}; }

}  // namespace

TEST_CASE("honest parties generate one P-256 key, which any t of them hold") {
  Network network(n);
  const auto outcomes = simulate(network, begin_all(network), honest);
  const auto& first = outcomes.at(P(1));
  REQUIRE(first);
  for (const auto& [self, outcome] : outcomes) {
    REQUIRE(outcome);
    CHECK(outcome->group == first->group);
    CHECK(outcome->rid == first->rid);
    CHECK(outcome->transcript == first->transcript);
    CHECK(base_mul(outcome->share, network.rng()) == outcome->group.verifying_shares.at(self));
  }
  for (const PartySet& signers : {PartySet{P(1), P(2), P(3)}, PartySet{P(5), P(2), P(4)}}) {
    Scalar secret;
    for (const Identifier signer : signers)
      secret = secret +
               outcomes.at(signer)->share.reveal() * cggmp24::lagrange_coefficient(signer, signers);
    CHECK(base_mul_vartime(secret) == first->group.public_key);
  }
  Scalar fewer;
  const PartySet two{P(1), P(2)};
  for (const Identifier signer : two)
    fewer =
        fewer + outcomes.at(signer)->share.reveal() * cggmp24::lagrange_coefficient(signer, two);
  CHECK(base_mul_vartime(fewer) != first->group.public_key);
}

TEST_CASE("cggmp24.keygen.r1.malformed") {
  expect_replaced("cggmp24.keygen.r1.malformed", rounds::keygen_commitments, true, [](Bytes bytes) {
    bytes.push_back(0);
    return bytes;
  });
}

TEST_CASE("cggmp24.keygen.r2.malformed") {
  const char* check = "cggmp24.keygen.r2.malformed";
  expect_replaced(check, rounds::keygen_openings, false, garbage);
  // Infinity among the coefficients; a length of none.
  expect_replaced(check, rounds::keygen_openings, false, [](Bytes bytes) {
    std::fill_n(bytes.begin() + 35, 33, std::uint8_t{0});
    return bytes;
  });
  expect_replaced(check, rounds::keygen_openings, false, [](Bytes bytes) {
    bytes[34] = 0;
    return bytes;
  });
}

TEST_CASE("cggmp24.keygen.r2.malformed_share") {
  const char* check = "cggmp24.keygen.r2.malformed_share";
  expect_replaced(check, rounds::keygen_openings, true, garbage);
  expect_replaced(check, rounds::keygen_openings, true, [](Bytes bytes) {
    std::fill(bytes.begin() + 1, bytes.end(), std::uint8_t{0xff});
    return bytes;
  });
}

TEST_CASE("cggmp24.keygen.r2.commitment") {
  // Each field of the opening, changed after everyone saw V.
  for (int field = 0; field < 4; ++field)
    expect("cggmp24.keygen.r2.commitment", only_at<AwaitingOpenings>([field](auto& steps) {
             OpeningMessage& opening = steps.at(cheat).outbox.to_all;
             if (field == 0) opening.rid[0] ^= 1;
             if (field == 1) opening.S.back() = opening.S.back() + Point::base();
             if (field == 2) opening.A = opening.A + Point::base();
             if (field == 3) opening.u[31] ^= 1;
           }));
}

TEST_CASE("cggmp24.keygen.r2.commitment: another party's commitment is nobody else's") {
  expect("cggmp24.keygen.r2.commitment", [](auto& steps) {
    using Steps = std::decay_t<decltype(steps)>;
    if constexpr (!std::is_same_v<Steps, PerParty<Step<AwaitingProofs>>>)
      steps.at(cheat).outbox.to_all = steps.at(P(1)).outbox.to_all;
  });
}

TEST_CASE("cggmp24.keygen.r2.degree") {
  expect("cggmp24.keygen.r2.degree", honest, t + 1);
  expect("cggmp24.keygen.r2.degree", honest, t - 1);
}

TEST_CASE("cggmp24.keygen.r2.share") {
  Network network(n);
  const auto outcomes =
      simulate(network, begin_all(network), only_at<AwaitingOpenings>([](auto& steps) {
                 SecretScalar& share = steps.at(cheat).outbox.to_each.at(P(4)).share;
                 share = share + SecretScalar::from(Scalar(1));
               }));
  check_shown(network, outcomes, P(4), cheat, "cggmp24.keygen.r2.share", t,
              parameters<Production>());
  CHECK(outcomes.at(P(1)).error().faults.empty());
}

TEST_CASE("cggmp24.keygen.r3.malformed") {
  expect_replaced("cggmp24.keygen.r3.malformed", rounds::keygen_proofs, false, garbage);
  expect_replaced("cggmp24.keygen.r3.malformed", rounds::keygen_proofs, false, [](Bytes bytes) {
    std::fill(bytes.end() - 32, bytes.end(), std::uint8_t{0xff});
    return bytes;
  });
}

TEST_CASE("cggmp24.keygen.r3.proof") {
  for (int field = 0; field < 4; ++field)
    expect("cggmp24.keygen.r3.proof", only_at<AwaitingProofs>([field](auto& steps) {
             ProofMessage& message = steps.at(cheat).outbox.to_all;
             if (field == 0) message.rid[0] ^= 1;
             if (field == 1) message.X = message.X + Point::base();
             if (field == 2) message.z = message.z + Scalar(1);
             if (field == 3) message = steps.at(P(1)).outbox.to_all;  // a copied proof
           }));
}

TEST_CASE("cggmp24.keygen.r3.statement") {
  // P2 proves correctly, but for another rid than P1's: as if it had seen another opening of P1.
  SeededRng rng(2);
  const auto setup = [](Identifier self) { return Setup{self, 2, first_parties(2), Digest{}}; };
  auto ours = begin(setup(P(1)), rng);
  auto theirs = begin(setup(P(2)), rng);
  auto opened = std::move(ours.stage).receive({{{P(2), theirs.outbox.to_all}}, {}});
  REQUIRE(opened);
  OpeningMessage other = opened->outbox.to_all;
  other.rid[0] ^= 1;
  const CommitmentMessage fitting{commitment(Digest{}, P(1), other)};
  auto answered = std::move(theirs.stage).receive({{{P(1), fitting}}, {}});
  REQUIRE(answered);

  Inbox<AwaitingOpenings::Awaits> to_us, to_them;
  to_us.from_all.emplace(P(2), answered->outbox.to_all);
  to_us.from_each.emplace(P(2), std::move(answered->outbox.to_each.at(P(1))));
  to_them.from_all.emplace(P(1), other);
  to_them.from_each.emplace(P(1), std::move(opened->outbox.to_each.at(P(2))));
  auto waiting = std::move(opened->stage).receive(std::move(to_us));
  auto lying = std::move(answered->stage).receive(std::move(to_them));
  REQUIRE(waiting);
  REQUIRE(lying);
  const auto outcome = std::move(waiting->stage).receive({{{P(2), lying->outbox.to_all}}, {}});
  REQUIRE_FALSE(outcome);
  REQUIRE(outcome.error().faults.size() == 1);
  CHECK(outcome.error().faults[0].culprit == P(2));
  CHECK(outcome.error().faults[0].check == "cggmp24.keygen.r3.statement");
  CHECK(outcome.error().faults[0].standing == Fault::Standing::local);
}

TEST_CASE("a broadcast that differs between parties is equivocation also here") {
  Network network(n);
  network.alter = [](Identifier from, Identifier to, std::uint16_t at, Bytes payload) {
    if (from == cheat && to == P(3) && at == rounds::keygen_commitments) payload.back() ^= 1;
    return payload;
  };
  const auto outcomes = simulate(network, begin_all(network), honest);
  for (const Identifier witness : all_but(n, cheat)) {
    REQUIRE_FALSE(outcomes.at(witness));
    const auto& faults = outcomes.at(witness).error().faults;
    REQUIRE(!faults.empty());
    for (const Fault& fault : faults) CHECK(fault.culprit == cheat);
  }
}

TEST_CASE("messages of key generation have one encoding each") {
  Network network(n);
  auto step = begin({P(1), t, first_parties(n), network.session}, network.rng());
  check_one_encoding(step.outbox.to_all);
  check_one_encoding(OpeningMessage{{}, {Point::base()}, Point::base(), {}});
  check_one_encoding(ShareMessage{SecretScalar::from(Scalar(5))});
  check_one_encoding(ProofMessage{{}, Point::base(), Scalar(9)});
}

TEST_CASE("derived randomness depends on seed and purpose, and on nothing else") {
  SeededRng rng(1);
  const Secret<32> seed = rng.secret<32>(), other = rng.secret<32>();
  DerivedRng a(seed, "one"), b(seed, "one"), c(seed, "two"), d(other, "one");
  const auto bytes = a.array<100>();
  CHECK(b.array<100>() == bytes);
  CHECK(c.array<100>() != bytes);
  CHECK(d.array<100>() != bytes);
  CHECK(a.array<100>() != bytes);
}

}  // namespace jointca::cggmp24::keygen
