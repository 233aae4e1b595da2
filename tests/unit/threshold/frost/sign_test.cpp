// tests/unit/threshold/frost/sign_test.cpp — properties of signing: quorums, nonces, purposes.
#include <catch2/catch.hpp>

#include "tests/support/frost_keys.h"
#include "threshold/frost/purpose.h"

using namespace jointca;
using namespace jointca::frost;
using namespace jointca::test;

namespace {

Outcome<SignatureBytes> sign_with(const PerParty<KeyPackage>& keys, const PartySet& signers,
                                  BytesView message, Rng& rng) {
  Committed committed = commit_all(keys, signers, rng);
  const auto joint = join(committed.commitments, message, keys.begin()->second.group);
  REQUIRE(joint);
  return aggregate(sign_all(keys, std::move(committed), message), *joint, message,
                   keys.begin()->second.group, 0);
}

}  // namespace

TEST_CASE("any quorum signs, and the signature is an ordinary Ed25519 one") {
  SeededRng rng(11);
  for (const auto& [t, n] : {std::pair{2, 2}, {2, 3}, {3, 5}, {4, 5}}) {
    const auto keys = deal(static_cast<std::uint16_t>(t), static_cast<std::uint16_t>(n), rng);
    const PublicKey public_key = keys.at(P(1)).group.public_key.public_key();
    for (unsigned mask = 0; mask < 1u << n; ++mask) {
      PartySet signers;
      for (unsigned i = 0; i < unsigned(n); ++i)
        if ((mask >> i & 1) != 0) signers.insert(P(i + 1));
      if (signers.size() < std::size_t(t)) continue;
      const auto signature = sign_with(keys, signers, as_bytes("message"), rng);
      REQUIRE(signature);
      CHECK(verify(public_key, as_bytes("message"), *signature));
      CHECK_FALSE(verify(public_key, as_bytes("massage"), *signature));
    }
  }
}

TEST_CASE("fewer signers than the threshold cannot even be joined") {
  SeededRng rng(12);
  const auto keys = deal(3, 5, rng);
  const Committed committed = commit_all(keys, {P(1), P(2)}, rng);
  CHECK_FALSE(join(committed.commitments, as_bytes("m"), keys.at(P(1)).group));
}

TEST_CASE("a constant generator gives other nonces to other shares and contexts") {
  SeededRng rng(13);
  ConstantRng broken;
  const auto keys = deal(2, 3, rng);
  const auto nonces = [&](unsigned party, BytesView context) {
    return commit(keys.at(P(party)).share, broken, context).commitments().hiding.bytes();
  };
  CHECK(nonces(1, {}) != nonces(2, {}));
  CHECK(nonces(1, Digest{1}) != nonces(1, Digest{2}));
  CHECK(nonces(1, Digest{1}) != nonces(1, {}));
  const auto pair = commit(keys.at(P(1)).share, broken, Digest{1}).commitments();
  CHECK_FALSE(pair.hiding == pair.binding);

  // Two messages in one session, and one message in two sessions.
  const Begun one = begin_session(keys.at(P(1)), 2, broken, Digest{1});
  const Begun other = begin_session(keys.at(P(1)), 1, broken, Digest{2});
  CHECK_FALSE(one.message.commitments[0] == one.message.commitments[1]);
  CHECK_FALSE(one.message.commitments[0] == other.message.commitments[0]);
}

TEST_CASE("the same nonces, commitments and message give the same share") {
  SeededRng rng(14);
  const auto keys = deal(2, 3, rng);
  Committed committed = commit_all(keys, {P(1), P(2)}, rng);
  const auto share = [&] {
    const SigningNonces& nonces = committed.nonces.at(P(1));
    return *sign({nonces.hiding().duplicate(), nonces.binding().duplicate()}, committed.commitments,
                 as_bytes("m"), keys.at(P(1)));
  };
  CHECK(share() == share());
}

TEST_CASE("a signature under the key of a purpose verifies under that key alone") {
  SeededRng rng(15);
  const auto keys = deal(2, 3, rng);
  const GroupKey& group = keys.at(P(1)).group;
  PerParty<KeyPackage> derived;
  for (const auto& [party, key] : keys) derived.emplace(party, derive(key, "revocation"));
  const GroupKey& purpose = derived.at(P(1)).group;
  CHECK(purpose == derive(group, "revocation"));
  for (const auto& [party, key] : derived)
    CHECK(base_mul(key.share) == purpose.verifying_shares.at(party));

  const auto signature = sign_with(derived, {P(1), P(3)}, as_bytes("list"), rng);
  REQUIRE(signature);
  CHECK(verify(purpose.public_key.public_key(), as_bytes("list"), *signature));
  CHECK_FALSE(verify(group.public_key.public_key(), as_bytes("list"), *signature));
  CHECK_FALSE(
      verify(derive(group, "session").public_key.public_key(), as_bytes("list"), *signature));
  CHECK(derive(group, "") == group);
  CHECK(purpose.public_key ==
        group.public_key + base_mul_vartime(derive(group.public_key, "revocation").tweak));
}

TEST_CASE("aggregation blames nobody when shares are missing") {
  SeededRng rng(16);
  const auto keys = deal(2, 3, rng);
  const GroupKey& group = keys.at(P(1)).group;
  Committed committed = commit_all(keys, {P(1), P(2)}, rng);
  const auto joint = join(committed.commitments, as_bytes("m"), group);
  auto shares = sign_all(keys, std::move(committed), as_bytes("m"));
  shares.erase(P(2));
  const auto signature = aggregate(shares, *joint, as_bytes("m"), group, 0);
  REQUIRE_FALSE(signature);
  CHECK(signature.error().faults.empty());
}
