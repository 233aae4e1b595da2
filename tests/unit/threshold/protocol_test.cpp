// tests/unit/threshold/protocol_test.cpp — envelopes, identifiers, Lagrange coefficients, evidence
// texts.
#include <catch2/catch.hpp>

#include "tests/support/frost_keys.h"
#include "threshold/ceremony.h"
#include "threshold/evidence.h"
#include "threshold/frost/dkg.h"
#include "threshold/frost/self_sign.h"
#include "threshold/round.h"

using namespace jointca;
using namespace jointca::test;

static_assert(Stage<frost::dkg::AwaitingRound1> && Stage<frost::dkg::AwaitingRound2>);
static_assert(Stage<frost::self_sign::AwaitingCommitments>);
static_assert(Stage<frost::self_sign::AwaitingShares>);
static_assert(Stage<ceremony::AwaitingSignatures>);
static_assert(!std::is_copy_constructible_v<frost::KeyPackage>);
static_assert(!std::is_copy_constructible_v<frost::SigningNonces>);
static_assert(!std::is_copy_constructible_v<frost::BatchNonces>);
static_assert(!std::is_copy_constructible_v<SecretScalar>);

TEST_CASE("an envelope verifies for its sender and for no changed field") {
  SeededRng rng(21);
  const SigningKey key = SigningKey::generate(rng), other = SigningKey::generate(rng);
  const Envelope envelope =
      seal(key, {rng.array<32>(), rng.array<32>(), 7, 1, 2}, to_bytes("payload"));
  CHECK(verify(envelope, key.public_key()));
  CHECK(verify(header_of(envelope), key.public_key()));
  CHECK_FALSE(verify(envelope, other.public_key()));
  const std::vector<void (*)(Envelope&)> changes{[](Envelope& e) { e.header.authority[0] ^= 1; },
                                                 [](Envelope& e) { e.header.session[0] ^= 1; },
                                                 [](Envelope& e) { e.header.round ^= 1; },
                                                 [](Envelope& e) { e.header.from = 3; },
                                                 [](Envelope& e) { e.header.to = 0; },
                                                 [](Envelope& e) { e.payload[0] ^= 1; },
                                                 [](Envelope& e) { e.signature[0] ^= 1; },
                                                 [](Envelope& e) { e.payload.clear(); }};
  for (const auto change : changes) {
    Envelope changed = envelope;
    change(changed);
    CHECK_FALSE(verify(changed, key.public_key()));
  }
}

TEST_CASE("Lagrange coefficients recover the secret from any set, whatever its order") {
  SeededRng rng(22);
  const SecretPolynomial polynomial = SecretPolynomial::random(3, rng);
  for (const PartySet& set : {PartySet{P(1), P(2), P(3)}, PartySet{P(7), P(64), P(2)},
                              PartySet{P(65535), P(1), P(300), P(4)}}) {
    SecretScalar secret = SecretScalar::from(Scalar());
    for (const Identifier party : set)
      secret = secret + polynomial.at(party) * lagrange_coefficient(party, set);
    CHECK(secret.equals_ct(polynomial.coefficients().front()));
  }
}

TEST_CASE("identifiers that are 0, q, or equal mod q cannot be expressed") {
  const auto read = [](std::initializer_list<std::uint8_t> bytes) {
    const Bytes input(bytes);
    Reader in(input);
    return read_identifier(in).has_value();
  };
  CHECK_FALSE(read({0, 0}));
  CHECK(read({0, 1}));
  CHECK(read({0, 64}));
  CHECK_FALSE(read({0, 65}));
  CHECK_FALSE(read({0xff, 0xff}));
  CHECK_FALSE(read({1}));
  // The widest is far below q, so i and i + q cannot both be written.
  CHECK_FALSE(to_scalar(Identifier(65535)) == to_scalar(Identifier(1)));
  CHECK_FALSE(to_scalar(Identifier(65535)).is_zero());
}

TEST_CASE("evidence has one text, and other texts of the same value are refused") {
  SeededRng rng(23);
  const SigningKey key = SigningKey::generate(rng);
  const Header header{rng.array<32>(), rng.array<32>(), 1, 2, 0};
  Evidence evidence{header.authority, header.session, P(2), "frost.dkg.r1.malformed", {}, {}, {}};
  evidence.envelopes.push_back(seal(key, header, to_bytes("x")));
  const std::string text = to_json(evidence);
  const auto parsed = parse_evidence(text);
  REQUIRE(parsed);
  CHECK(*parsed == evidence);
  CHECK_FALSE(parse_evidence(text + "\n"));
  CHECK_FALSE(parse_evidence(" " + text));
  CHECK_FALSE(parse_evidence(text.substr(0, text.size() - 1)));
  std::string spaced = text;
  spaced.insert(1, " ");
  CHECK_FALSE(parse_evidence(spaced));
  CHECK_FALSE(parse_evidence("{}"));
  CHECK_FALSE(parse_evidence(""));
}

TEST_CASE("evidence is checked against the stranger's own authority, roster and checks") {
  SeededRng rng(24);
  const SigningKey key = SigningKey::generate(rng);
  const Header header{rng.array<32>(), rng.array<32>(), 1, 2, 0};
  Evidence evidence{header.authority, header.session, P(2), "frost.dkg.r1.malformed", {}, {}, {}};
  evidence.envelopes.push_back(seal(key, header, to_bytes("x")));
  const EvidenceContext context{header.authority, {{P(2), key.public_key()}}, 2, std::nullopt};
  CHECK(verify_evidence(evidence, context));

  EvidenceContext other = context;
  other.authority[0] ^= 1;
  CHECK_FALSE(verify_evidence(evidence, other));
  other = context;
  other.roster.at(P(2)) = SigningKey::generate(rng).public_key();
  CHECK_FALSE(verify_evidence(evidence, other));
  other.roster.clear();
  CHECK_FALSE(verify_evidence(evidence, other));
  CHECK_FALSE(verify_evidence(evidence, context, {}));

  Evidence padded = evidence;
  padded.inputs.emplace("note", Bytes{1});
  CHECK_FALSE(verify_evidence(padded, context));
  padded = evidence;
  padded.envelopes.push_back(padded.envelopes.front());
  CHECK_FALSE(verify_evidence(padded, context));
}

TEST_CASE("a folder above can add its own checks") {
  SeededRng rng(25);
  const SigningKey key = SigningKey::generate(rng);
  const Evidence evidence{{}, {}, P(1), "daemon.something", {}, {}, {}};
  const EvidenceContext context{{}, {{P(1), key.public_key()}}, 2, std::nullopt};
  EvidenceChecks checks = threshold_checks();
  checks.emplace("daemon.something",
                 [](const Evidence&, const EvidenceContext&) { return Result<Ok, Error>(Ok{}); });
  CHECK(verify_evidence(evidence, context, checks));
  CHECK_FALSE(verify_evidence(evidence, context));
}
