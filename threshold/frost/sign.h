// threshold/frost/sign.h — FROST signing of one message, RFC 9591 §5: two rounds, then aggregation.
#pragma once

#include "base/move_only.h"
#include "threshold/blame.h"
#include "threshold/frost/purpose.h"

namespace jointca::frost {

/// The secret halves of one NonceCommitments. One use: `sign` consumes it, and it has no encoding.
class SigningNonces : MoveOnly {
 public:
  [[nodiscard]] const NonceCommitments& commitments() const { return commitments_; }
  /// d_i and e_i, for the RFC's vectors and for sign().
  [[nodiscard]] const SecretScalar& hiding() const { return hiding_; }
  [[nodiscard]] const SecretScalar& binding() const { return binding_; }

  SigningNonces(SecretScalar hiding, SecretScalar binding);

 private:
  SecretScalar hiding_;
  SecretScalar binding_;
  NonceCommitments commitments_;
};

/// nonce_generate of §4.1: H3(random || share || context). The RFC's has no `context`.
[[nodiscard]] SecretScalar generate_nonce(const Secret<32>& random, const SecretScalar& share,
                                          BytesView context = {});

/// Round one, §5.1. Hedged: hashes fresh randomness with the signing share, so a predictable `rng`
/// alone reveals nothing; and with `context`, so that even a constant `rng` gives new nonces
/// wherever the context is new (session and position in the batch). Empty as in the RFC.
[[nodiscard]] SigningNonces commit(const SecretScalar& share, Rng& rng, BytesView context = {});

/// All that the signers of one message have in common.
struct Joint {
  PurposeKey key;  ///< what the signature will verify under
  PerParty<NonceCommitments> commitments;
  PerParty<Scalar> binding_factors;  ///< ρ_i, §4.4
  Point R;                           ///< the group commitment, §4.5: the signature's first half
  Scalar challenge;                  ///< c, §4.6
};

/// Computes it from public data, so that a signer can log R before it releases its share. Fails if
/// there are fewer than min_signers, if one is not of the group, or if R is the identity.
Result<Joint, Error> join(const PerParty<NonceCommitments>& commitments, BytesView message,
                          const GroupKey& group);
/// The same under the key of a purpose of `group`.
Result<Joint, Error> join(const PerParty<NonceCommitments>& commitments, BytesView message,
                          const GroupKey& group, const PurposeKey& key);
/// The bytes whose H1 is ρ_i, §4.4, for every signer.
[[nodiscard]] PerParty<Bytes> binding_factor_inputs(const Point& public_key,
                                                    const PerParty<NonceCommitments>& commitments,
                                                    BytesView message);

/// Round two, §5.2. `message` is what we ourselves approved, never bytes from the coordinator.
/// The nonces are spent whatever happens. Fails if our own commitments are missing from
/// `commitments` or differ from the nonces.
Result<Scalar, Error> sign(SigningNonces nonces, const PerParty<NonceCommitments>& commitments,
                           BytesView message, const KeyPackage& key);
/// The same, with the result of join() for this message; `key` is that of the group itself, also
/// when `joint` is under the key of a purpose.
Result<Scalar, Error> sign(SigningNonces nonces, const Joint& joint, const KeyPackage& key);
/// The same, with our Lagrange coefficient in the set of joint's signers: a batch computes it once.
Result<Scalar, Error> sign(SigningNonces nonces, const Joint& joint, const KeyPackage& key,
                           const Scalar& lambda_i);

/// §5.4: whether z is the share of `signer`. The signer is one of `joint` and of `key`.
[[nodiscard]] bool verify_signature_share(Identifier signer, const Scalar& z, const Joint& joint,
                                          const GroupKey& group);

/// §5.3. Returns a signature that verifies under joint.key. Only if it does not, checks each
/// share and blames "frost.sign.share" on every signer whose share is wrong; the exhibit is its
/// message of `share_round`. Blames nobody if `shares` are not exactly those of joint's signers.
Outcome<SignatureBytes> aggregate(const PerParty<Scalar>& shares, const Joint& joint,
                                  BytesView message, const GroupKey& group,
                                  std::uint16_t share_round);

}  // namespace jointca::frost
