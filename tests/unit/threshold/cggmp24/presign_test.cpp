// tests/unit/threshold/cggmp24/presign_test.cpp — presigning and signing: honest runs by any
// quorum, and what their messages and values must be.
#include <catch2/catch.hpp>

#include "tests/unit/threshold/cggmp24/authority.h"

namespace jointca::cggmp24 {
namespace {

using namespace jointca::test;
using p256::Point;
using p256::Scalar;

static_assert(!std::is_copy_constructible_v<Presignature>);
static_assert(!std::is_invocable_v<decltype(sign::begin), Presignature&, sign::Request>);
static_assert(!std::is_invocable_v<decltype(sign::begin), const Presignature&, sign::Request>);

sign::Request request_of(const Network& network, const std::string& text) {
  const Digest fresh = sha256(as_bytes("fresh " + text));
  return {network.session, to_bytes(as_bytes(text)), fresh};
}

/// One signature, the same at all signers, that OpenSSL accepts.
Bytes check_signs(const Authority& authority, Network& network, const std::string& text) {
  const auto outcomes = simulate(
      network, begin_sign(presignatures(authority, network), request_of(network, text)), honest);
  const auto& first = outcomes.begin()->second;
  REQUIRE(first);
  for (const auto& [self, outcome] : outcomes) {
    REQUIRE(outcome);
    CHECK(*outcome == *first);
  }
  const auto key = authority.keys.begin()->second.group.public_key.public_key();
  REQUIRE(key);
  CHECK(verify_p256(*key, as_bytes(text), *first));
  CHECK_FALSE(verify_p256(*key, as_bytes(text + "."), *first));
  CHECK(is_low_s(*first));
  return *first;
}

}  // namespace

TEST_CASE("any two of three sign with P-256, and OpenSSL verifies it") {
  const Authority& authority = toy_authority(2, 3);
  for (const PartySet& signers :
       {PartySet{P(1), P(2)}, PartySet{P(1), P(3)}, PartySet{P(2), P(3)}}) {
    Network network(signers, signers.begin()->value() * 10U);
    check_signs(authority, network, "to be signed");
  }
}

TEST_CASE("more signers than needed sign as well") {
  Network network(3);
  check_signs(toy_authority(2, 3), network, "by all three");
}

TEST_CASE("three of five sign with P-256") {
  for (const PartySet& signers : {PartySet{P(1), P(3), P(5)}, PartySet{P(2), P(4), P(3)}}) {
    Network network(signers, 3);
    check_signs(toy_authority(3, 5), network, "three of five");
  }
}

TEST_CASE("two of three sign with production parameters", "[.slow]") {
  const Authority authority(2, 3, parameters<Production>(), production_pair);
  Network network(PartySet{P(1), P(3)});
  check_signs(authority, network, "as in production");
}

TEST_CASE("cggmp24.presign.quorum: nothing begins whose error round does not fit an envelope") {
  const Parameters& production = parameters<Production>();
  CHECK(presign::check_quorum(production, 2));
  CHECK(presign::check_quorum(production, 3));
  CHECK_FALSE(presign::check_quorum(production, 4));
  CHECK_FALSE(presign::check_quorum(production, parties_max));
  CHECK(presign::reasons_bytes_max(production, 3) == 892'339);
  CHECK(presign::reasons_bytes_max(production, 4) == 1'235'001);
  CHECK(presign::check_quorum(parameters<Toy>(), 5));

  const Authority& authority = toy_authority(2, 3);
  Parameters set = parameters<Toy>();
  const auto begin_with = [&](std::size_t repetitions) {
    set.repetitions = repetitions;
    SeededRng rng(1);
    const auto& key = authority.keys.at(P(1));
    const auto& aux = authority.aux.at(P(1));
    return begin(presign::Setup::of(set, Digest{}, 1, key, aux, first_parties(3)), P(1), key, aux,
                 rng);
  };
  CHECK(begin_with(16));
  const auto refused = begin_with(1000);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Error::Code::refused);
  CHECK(refused.error().message.starts_with("cggmp24.presign.quorum: with 3 signers "));
}

TEST_CASE("a presignature is re-randomised by message and by what nobody could foresee (S3)") {
  Network network(PartySet{P(1), P(2)}, 4);
  const auto made = presignatures(toy_authority(2, 3), network);
  const PublicPresignature& common = made.at(P(1)).common();
  CHECK(common == made.at(P(2)).common());
  const auto terms = [&](const sign::Request& request) { return sign::Terms(common, request); };
  const sign::Request request = request_of(network, "a");
  const sign::Terms reference = terms(request);
  CHECK(reference.Gamma != common.Gamma);
  CHECK(reference.m == Scalar::reduce(Integer::from_bytes(sha256(as_bytes("a")))));
  sign::Request other = request;
  other.fresh[0] ^= 1;
  CHECK(terms(other).r != reference.r);
  other = request;
  other.message.push_back(0);
  CHECK(terms(other).r != reference.r);
  other = request;
  other.session_id[31] ^= 1;
  CHECK(terms(other).r != reference.r);
  PublicPresignature elsewhere = common;
  elsewhere.view[0] ^= 1;
  CHECK(sign::Terms(elsewhere, request).r != reference.r);
}

TEST_CASE("what presigning publishes adds up to the key and to one nonce") {
  Network network(PartySet{P(1), P(3)}, 5);
  auto made = presignatures(toy_authority(2, 3), network);
  const PublicPresignature common = made.at(P(1)).common();
  Scalar k, chi;
  for (auto& [self, presignature] : made) {
    const auto secrets = std::move(presignature).consume();
    REQUIRE(secrets);
    k = k + secrets->k.reveal();
    chi = chi + secrets->chi.reveal();
    CHECK(mul_vartime(secrets->k.reveal(), common.Gamma) == common.signers.at(self).Delta);
    CHECK(mul_vartime(secrets->chi.reveal(), common.Gamma) == common.signers.at(self).S);
  }
  CHECK(mul_vartime(k, common.Gamma) == Point::base());
  CHECK(mul_vartime(chi, common.Gamma) == common.public_key);
  CHECK(common.public_key == toy_authority(2, 3).keys.at(P(1)).group.public_key);
}

TEST_CASE("nonces come from share, run and randomness together (S14)") {
  const Authority& authority = toy_authority(2, 3);
  const PartySet signers{P(1), P(2)};
  const auto first_message = [&](Identifier self, const Digest& session, std::uint64_t epoch,
                                 std::uint8_t byte) {
    ConstantRng broken(byte);
    return begin_presign(authority, signers, self, session, broken, epoch).outbox.to_all;
  };
  const Digest session{1};
  const auto reference = first_message(P(1), session, 1, 0);
  CHECK(encoded(first_message(P(1), session, 1, 0)) == encoded(reference));
  for (const auto& other :
       {first_message(P(1), Digest{2}, 1, 0), first_message(P(1), session, 2, 0),
        first_message(P(2), session, 1, 0), first_message(P(1), session, 1, 1)}) {
    CHECK(other.K != reference.K);
    CHECK(other.Y != reference.Y);
    CHECK(other.A1 != reference.A1);
    CHECK(other.B1 != reference.B1);
  }
}

TEST_CASE("messages of presigning and signing have one encoding each") {
  using namespace presign;
  const Point& G = Point::base();
  check_one_encoding(Round1Message{{}, Integer(5), Integer(6), G, G, G, G, G});
  check_one_encoding(Round1Proofs{{}, {1, 2}, {3}});
  const Product product{Integer(1), Integer(2)};
  check_one_encoding(
      Round2Message{{}, G, {1}, {{P(1), {product, product}}, {P(3), {product, product}}}});
  check_one_encoding(Round2Proofs{{}, {1, 2}, {}});
  check_one_encoding(Round3Message{{}, Scalar(7), G, G, {1, 2, 3}});
  check_one_encoding(ReasonsMessage{{}, {1}, {{P(2), {{1, 2}}}}});
  check_one_encoding(sign::PartialMessage{{}, {}, Scalar(8)});
  check_one_encoding(sign::Request{{}, {1, 2, 3}, {}});
  check_one_encoding(PublicPresignature{{}, G, G, {{P(1), {G, G}}, {P(2), {G, G}}}});

  // Identifiers ascend.
  Bytes bytes = encoded(ReasonsMessage{{}, {}, {{P(2), {{}}}, {P(3), {{}}}}});
  REQUIRE(parse(std::type_identity<ReasonsMessage>{}, bytes));
  bytes[bytes.size() - 5] = 2;
  CHECK_FALSE(parse(std::type_identity<ReasonsMessage>{}, bytes));
}

TEST_CASE("an honest signer's messages convict it of nothing") {
  const Authority& authority = toy_authority(2, 3);
  Network network(PartySet{P(1), P(2)}, 6);
  // What everybody had seen before each round, as inputs.
  presign::History history(presign::Setup::of(authority.parameters, network.session, 1,
                                              authority.keys.at(P(1)), authority.aux.at(P(1)),
                                              parties_of(network.roster)));
  std::vector<std::map<std::string, Bytes>> views{history.inputs()};
  const auto collect = [&](const auto& steps) {
    using Message = std::decay_t<decltype(steps.begin()->second.outbox.to_all)>;
    PerParty<Message> messages;
    for (const auto& [self, step] : steps) messages.emplace(self, step.outbox.to_all);
    if constexpr (!std::is_same_v<Message, presign::ReasonsMessage>) history.add(messages);
    views.push_back(history.inputs());
  };
  const auto outcomes = run_presign(network, begin_presign(authority, network), collect);
  REQUIRE(outcomes.at(P(1)));
  CHECK(outcomes.at(P(1))->common().view == history.view());
  const auto checks = evidence_checks(authority.parameters);
  std::size_t tried = 0;
  for (const auto& [name, unused] : checks)
    for (const auto& inputs : views)
      for (const Envelope& a : network.received.at(P(1)))
        for (const Envelope& b : network.received.at(P(1))) {
          if ((a.header.round & 0x8000) != 0 || (b.header.round & 0x8000) != 0) continue;
          for (const bool both : {true, false}) {
            if (!both && a != b) continue;
            Evidence evidence{network.authority, network.session, P(2), name, {a}, {}, inputs};
            if (both) evidence.envelopes.push_back(b);
            CHECK_FALSE(verify_evidence(evidence, stranger(network, 2), checks));
            evidence.inputs.clear();
            CHECK_FALSE(verify_evidence(evidence, stranger(network, 2), checks));
            ++tried;
          }
        }
  CHECK(tried > 100);
}

}  // namespace jointca::cggmp24
