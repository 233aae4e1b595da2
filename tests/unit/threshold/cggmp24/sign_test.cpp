// tests/unit/threshold/cggmp24/sign_test.cpp — signing with a presignature that was damaged, and
// what a partial signature alone convicts of.
#include <catch2/catch.hpp>

#include "tests/unit/threshold/cggmp24/authority.h"

namespace jointca::cggmp24 {
namespace {

using namespace jointca::test;

/// What P1 keeps of a presignature, to be laid down again, whole or damaged.
struct Kept {
  PublicPresignature common;
  Digest k, chi;

  [[nodiscard]] Presignature presignature() const {
    const auto secret = [](const Digest& bytes) {
      return Secret<32>::make([&](std::span<std::uint8_t, 32> out) {
        std::copy(bytes.begin(), bytes.end(), out.begin());
      });
    };
    return Presignature(P(1), common, secret(k), secret(chi));
  }
};

Kept kept_by_p1() {
  Network network(PartySet{P(1), P(2)}, 21);
  auto made = presignatures(toy_authority(2, 3), network);
  const PublicPresignature common = made.at(P(1)).common();
  const auto secrets = std::move(made.at(P(1))).consume();
  REQUIRE(secrets);
  return {common, secrets->k.reveal().bytes(), secrets->chi.reveal().bytes()};
}

const sign::Request request{Digest{1}, {1, 2, 3}, Digest{2}};

void check_sends_nothing(const Kept& kept) {
  const auto begun = sign::begin(kept.presignature(), request);
  REQUIRE_FALSE(begun);
  CHECK(begun.error().code == Error::Code::failed);
  CHECK(begun.error().message.starts_with("cggmp24.sign.own: "));
}

}  // namespace

TEST_CASE("cggmp24.sign.own: nothing is sent from a damaged presignature") {
  const Kept whole = kept_by_p1();
  REQUIRE(sign::begin(whole.presignature(), request));
  for (const std::size_t bit : {0U, 77U, 255U}) {
    for (const auto part : {&Kept::k, &Kept::chi}) {
      Kept damaged = whole;
      (damaged.*part)[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
      check_sends_nothing(damaged);
    }
  }
  for (const auto part : {&Kept::k, &Kept::chi}) {
    Kept damaged = whole;
    (damaged.*part).fill(0xff);  // no scalar
    check_sends_nothing(damaged);
  }
  for (const auto point : {&PartialCommitment::Delta, &PartialCommitment::S}) {
    Kept damaged = whole;
    damaged.common.signers.at(P(1)).*point = p256::Point::base();
    check_sends_nothing(damaged);
  }
  Kept damaged = whole;
  damaged.common.Gamma = p256::Point::base();
  check_sends_nothing(damaged);
  damaged = whole;
  damaged.common.signers.erase(P(1));
  check_sends_nothing(damaged);
}

TEST_CASE(
    "a partial signature, to all or to a coordinator, convicts whoever lied and nobody else") {
  Network network(PartySet{P(1), P(2)}, 22);
  auto made = presignatures(toy_authority(2, 3), network);
  const PublicPresignature presignature = made.at(P(1)).common();
  const sign::Request asked{network.session, {1, 2, 3}, Digest{2}};
  const auto steps = begin_sign(std::move(made), asked);
  const sign::PartialMessage right = steps.at(P(2)).outbox.to_all;
  sign::PartialMessage wrong = right;
  wrong.sigma = wrong.sigma + p256::Scalar(1);
  const auto checks = evidence_checks(parameters<Toy>());
  const auto convicts = [&](const std::string& check, bool to_all, const Bytes& payload,
                            const std::map<std::string, Bytes>& inputs) {
    const Envelope shown =
        network.deliver(P(2), P(1), round_number::sign_partials, to_all, payload);
    const Evidence evidence{network.authority, network.session, P(2), check, {shown}, {}, inputs};
    return verify_evidence(evidence, stranger(network, 2), checks).has_value();
  };
  const std::map<std::string, Bytes> inputs{{"presignature", encoded(presignature)},
                                            {"request", encoded(asked)}};
  Bytes cut = encoded(right);
  cut.pop_back();
  for (const bool to_all : {true, false}) {
    INFO(to_all);
    CHECK_FALSE(convicts("cggmp24.sign.partial", to_all, encoded(right), inputs));
    CHECK(convicts("cggmp24.sign.partial", to_all, encoded(wrong), inputs));
    CHECK_FALSE(convicts("cggmp24.sign.partial", to_all, cut, inputs));
    CHECK_FALSE(convicts("cggmp24.sign.malformed", to_all, encoded(wrong), {}));
    CHECK(convicts("cggmp24.sign.malformed", to_all, cut, {}));
  }
}

}  // namespace jointca::cggmp24
