// tests/unit/threshold/cggmp24/presign_streams_test.cpp — one seed that meets two answers: a signer
// that was copied, or whose generator is broken, in a session that is repeated.
#include <catch2/catch.hpp>

#include "tests/unit/threshold/cggmp24/authority.h"
#include "tests/unit/threshold/cggmp24/inbox.h"
#include "threshold/cggmp24/proofs/aff_g_star.h"
#include "threshold/cggmp24/proofs/elog.h"

namespace jointca::cggmp24 {
namespace {

using namespace jointca::test;
using namespace presign;

const PartySet signers{P(1), P(2), P(3)};
const Authority& authority() { return toy_authority(2, 3); }
const Digest session{9};

/// All that a signer sends and keeps follows from `byte` and what it receives.
Step<AwaitingRound1> begin_by(Identifier self, std::uint8_t byte) {
  ConstantRng broken(byte);
  return begin_presign(authority(), signers, self, session, broken);
}

PerParty<Step<AwaitingRound1>> begin_all(std::uint8_t byte_of_P2 = 2) {
  PerParty<Step<AwaitingRound1>> steps;
  for (const Identifier self : signers)
    steps.emplace(self, begin_by(self, self == P(2) ? byte_of_P2 : 1));
  return steps;
}

template <class S>
auto advance(PerParty<Step<S>> steps) {
  PerParty<Inbox<typename S::Awaits>> inboxes;
  for (const Identifier self : signers) inboxes.emplace(self, inbox_of(self, steps));
  PerParty<ReceivedBy<S>> out;
  for (auto& [self, step] : steps) {
    auto received = std::move(step.stage).receive(std::move(inboxes.at(self)));
    REQUIRE(received);
    out.emplace(self, *std::move(received));
  }
  return out;
}

template <class Proof>
Proof read(const Bytes& bytes) {
  auto proof = parse(std::type_identity<Proof>{}, authority().parameters, bytes);
  REQUIRE(proof);
  return *std::move(proof);
}

/// P1's next step, after the same start and what `change` makes of P2's broadcast.
template <class S, class Change>
ReceivedBy<S> answer_of_p1(PerParty<Step<S>> steps, const Change& change) {
  auto inbox = inbox_of(P(1), steps);
  change(inbox.from_all.at(P(2)));
  auto received = std::move(steps.at(P(1)).stage).receive(std::move(inbox));
  REQUIRE(received);
  return *std::move(received);
}

}  // namespace

TEST_CASE("round 2 masks nothing alike for two answers to one round 1") {
  auto one = begin_all(2), other = begin_all(3);
  REQUIRE(encoded(one.at(P(1)).outbox.to_all) == encoded(other.at(P(1)).outbox.to_all));
  const auto a = answer_of_p1(std::move(one), honest).outbox;
  const auto b = answer_of_p1(std::move(other), honest).outbox;
  CHECK(encoded(a.to_all) == encoded(answer_of_p1(begin_all(2), honest).outbox.to_all));
  CHECK(a.to_all.Gamma == b.to_all.Gamma);
  for (const Factor factor : {Factor::gamma, Factor::x}) {
    for (const Identifier peer : {P(2), P(3)}) {  // P3 sent the same to both
      const Product &one_product = a.to_all.products.at(peer).of(factor),
                    &other_product = b.to_all.products.at(peer).of(factor);
      CHECK(one_product.D != other_product.D);
      CHECK(one_product.F != other_product.F);
    }
  }
  for (const auto field : {&Round2Proofs::gamma, &Round2Proofs::x}) {
    const auto one_proof = read<aff_g::Proof>(a.to_each.at(P(3)).*field);
    const auto other_proof = read<aff_g::Proof>(b.to_each.at(P(3)).*field);
    CHECK(one_proof.E != other_proof.E);
    CHECK(one_proof.A != other_proof.A);
  }
  CHECK(read<elog::Proof>(a.to_all.elog).A != read<elog::Proof>(b.to_all.elog).A);
}

TEST_CASE("round 3 masks nothing alike for two answers to one round 2") {
  // P1 cannot judge what P2 sent to P3.
  const auto a = answer_of_p1(advance(begin_all()), honest).outbox.to_all;
  const auto b = answer_of_p1(advance(begin_all()), [](Round2Message& message) {
                   Integer& F = message.products.at(P(3)).gamma.F;
                   F = F + Integer(1);
                 }).outbox.to_all;
  CHECK(a.view != b.view);
  CHECK(a.delta == b.delta);
  CHECK(a.Delta == b.Delta);
  CHECK(read<elog::Proof>(a.elog).A != read<elog::Proof>(b.elog).A);
}

TEST_CASE("the error round masks nothing alike for two answers to one round 3") {
  const auto reasons_after = [](std::uint64_t lie) {
    auto answer = answer_of_p1(advance(advance(begin_all())), [lie](Round3Message& message) {
      message.delta = message.delta + p256::Scalar(lie);
    });
    REQUIRE(std::holds_alternative<Step<AwaitingReasons>>(answer));
    return std::get<Step<AwaitingReasons>>(std::move(answer)).outbox.to_all;
  };
  const ReasonsMessage a = reasons_after(1), b = reasons_after(2);
  const std::size_t bound = reasons_bytes_max(authority().parameters, signers.size());
  CHECK(encoded(a).size() <= bound);
  CHECK(encoded(a).size() > bound - bound / 50);
  const auto one = read<dec::Proof>(a.dec), other = read<dec::Proof>(b.dec);
  for (std::size_t k = 0; k < one.A.size(); ++k) CHECK(one.A[k] != other.A[k]);
  const auto one_affine = read<aff_g_star::Proof>(a.affine.at(P(3)).proof);
  const auto other_affine = read<aff_g_star::Proof>(b.affine.at(P(3)).proof);
  for (std::size_t k = 0; k < one_affine.A.size(); ++k) {
    CHECK(one_affine.A[k] != other_affine.A[k]);
    CHECK(one_affine.B_x[k] != other_affine.B_x[k]);
  }
}

}  // namespace jointca::cggmp24
