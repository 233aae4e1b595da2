// tests/support/frost_keys.h — joint keys dealt by the test itself, for tests of signing alone.
#pragma once

#include "crypto/rng.h"
#include "tests/support/seeded_rng.h"
#include "threshold/feldman.h"
#include "threshold/frost/signing_session.h"

namespace jointca::test {

// NOLINTNEXTLINE(readability-identifier-naming): the papers' name of a party
inline Identifier P(unsigned value) { return Identifier(static_cast<std::uint16_t>(value)); }

/// Key packages of parties 1 … n for the secret polynomial.
inline PerParty<frost::KeyPackage> deal(const SecretPolynomial& polynomial, std::uint16_t n) {
  const frost::VssCommitment commitment = frost::commit_to(polynomial);
  frost::GroupKey group{commitment.coefficients.front(),
                        {},
                        static_cast<std::uint16_t>(polynomial.coefficients().size())};
  for (const Identifier party : first_parties(n))
    group.verifying_shares.emplace(party, frost::evaluate(commitment, party));
  PerParty<frost::KeyPackage> keys;
  for (const Identifier party : first_parties(n))
    keys.emplace(party, frost::KeyPackage(party, polynomial.at(party), group));
  return keys;
}

inline PerParty<frost::KeyPackage> deal(std::uint16_t t, std::uint16_t n, Rng& rng) {
  return deal(SecretPolynomial::random(t, rng), n);
}

/// The commitments of `signers`, and the nonces behind them.
struct Committed {
  PerParty<frost::SigningNonces> nonces;
  PerParty<frost::NonceCommitments> commitments;
};

inline Committed commit_all(const PerParty<frost::KeyPackage>& keys, const PartySet& signers,
                            Rng& rng) {
  Committed out;
  for (const Identifier signer : signers) {
    frost::SigningNonces nonces = frost::commit(keys.at(signer).share, rng);
    out.commitments.emplace(signer, nonces.commitments());
    out.nonces.emplace(signer, std::move(nonces));
  }
  return out;
}

/// The shares of all who committed.
inline PerParty<Scalar> sign_all(const PerParty<frost::KeyPackage>& keys, Committed committed,
                                 BytesView message) {
  PerParty<Scalar> shares;
  for (auto& [signer, nonces] : committed.nonces)
    shares.emplace(
        signer, *frost::sign(std::move(nonces), committed.commitments, message, keys.at(signer)));
  return shares;
}

}  // namespace jointca::test
