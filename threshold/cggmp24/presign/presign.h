// threshold/cggmp24/presign/presign.h — presigning: Fig. 8 of CGGMP24, by any signers of at least
// min_signers, and the error round of Fig. 9.
//
// Additive shares of the key come from Shamir's by Lagrange coefficients, as in LFDT-Lockness'
// specification ("Threshold Presigning"). With identifiable abort. Needs reliable broadcast for
// every message to all (threshold/echo.h). docs/protocols/cggmp24.md.
#pragma once

#include <variant>

#include "crypto/derived_rng.h"
#include "threshold/cggmp24/presign/history.h"
#include "threshold/cggmp24/presign/presignature.h"

namespace jointca::cggmp24::presign {

/// What we masked one product with: −β, and the nonces of D and F.
struct Mask {
  SecretInteger y, rho, rho_y;
};

/// γ or x, and the masks of its products, one per peer.
struct Multiplier {
  p256::SecretScalar value;
  PerParty<Mask> masks{};
};

/// What one signer keeps for itself.
struct Secrets : MoveOnly {
  /// Every nonce of the run is derived from our share, the run and fresh randomness together, so
  /// that none of them alone decides it (S14). The auxiliary information outlives all stages.
  Secrets(const Setup& setup, Identifier self_, const keygen::Output& key,
          const aux_info::Output& aux, const Digest& view, Rng& rng);
  [[nodiscard]] const Multiplier& of(Factor factor) const {
    return factor == Factor::gamma ? gamma : x;
  }
  /// Randomness of a later round, by all that was received before it. One seed may meet two answers
  /// of the peers, from a copied machine or a repeated session: masks that were the same for both
  /// would give x away.
  [[nodiscard]] DerivedRng stream(const History& history, std::string_view purpose) const;

  Identifier self;
  const PaillierSecretKey* paillier;
  Secret<32> seed;  ///< of everything random
  p256::SecretScalar k;
  p256::SecretScalar a, b;  ///< of the ElGamal commitments to k and γ
  Multiplier gamma;
  Multiplier x;  ///< λ_i·x_i
};

/// The integer whose residue is our share of factor·k: factor·k + Σ(α + β). After round 2.
[[nodiscard]] SecretInteger product_share(const History& history, const Secrets& secrets,
                                          Factor factor);

/// Only when shares do not sum to their product. Ends in blame.
class AwaitingReasons : MoveOnly {
 public:
  using Awaits = Round<round_number::presign_reasons, ReasonsMessage, Nothing>;

  /// Faults, proven: "cggmp24.presign.reasons.recipients" (not one proof per peer), "….dec" (its
  /// share is another than its ciphertexts hold), "….affine" (a product that is none); local:
  /// "….view".
  Outcome<Ok> receive(Inbox<Awaits> inbox) &&;

 private:
  friend class AwaitingRound3;
  explicit AwaitingReasons(History history) : history_(std::move(history)) {}

  History history_;
};

/// A presignature, or the error round, at all honest signers alike.
using Finished = std::variant<Presignature, Step<AwaitingReasons>>;

class AwaitingRound3 : MoveOnly {
 public:
  using Awaits = Round<round_number::presign_shares, Round3Message, Nothing>;

  /// Faults: "cggmp24.presign.r3.elog" (proven: Δ is not of the k that was committed to) and
  /// "….view" (local).
  Outcome<Finished> receive(Inbox<Awaits> inbox) &&;

 private:
  friend class AwaitingRound2;
  friend struct Saboteur;  // of tests/, which lies in what it keeps as in what it sends
  AwaitingRound3(History history, Secrets secrets, p256::SecretScalar chi, Round3Message own)
      : history_(std::move(history)),
        secrets_(std::move(secrets)),
        chi_(std::move(chi)),
        own_(std::move(own)) {}

  History history_;
  Secrets secrets_;
  p256::SecretScalar chi_;
  Round3Message own_;
};

class AwaitingRound2 : MoveOnly {
 public:
  using Awaits = Round<round_number::presign_products, Round2Message, Round2Proofs>;

  /// Faults, proven: "cggmp24.presign.r2.recipients" (not one product per peer), "….elog" (Γ is not
  /// of the γ that was committed to), "….gamma" and "….x" (our product is not of Γ or X, or out of
  /// range); local: "….view".
  Outcome<Step<AwaitingRound3>> receive(Inbox<Awaits> inbox) &&;

 private:
  friend class AwaitingRound1;
  AwaitingRound2(History history, Secrets secrets, Round2Message own)
      : history_(std::move(history)), secrets_(std::move(secrets)), own_(std::move(own)) {}

  History history_;
  Secrets secrets_;
  Round2Message own_;
};

class AwaitingRound1 : MoveOnly {
 public:
  using Awaits = Round<round_number::presign_secrets, Round1Message, Round1Proofs>;

  /// Faults, proven: "cggmp24.presign.r1.k" and "….gamma" (the ciphertext is out of range, or not
  /// of what the points commit to); local: "….view" (other signers, key or auxiliary data).
  Outcome<Step<AwaitingRound2>> receive(Inbox<Awaits> inbox) &&;

 private:
  friend Result<Step<AwaitingRound1>, Error> begin(Setup, Identifier, const keygen::Output&,
                                                   const aux_info::Output&, Rng&);
  AwaitingRound1(History history, Secrets secrets, Round1Message own)
      : history_(std::move(history)), secrets_(std::move(secrets)), own_(std::move(own)) {}

  History history_;
  Secrets secrets_;
  Round1Message own_;
};

/// The longest ReasonsMessage of one of so many signers.
[[nodiscard]] std::size_t reasons_bytes_max(const Parameters& set, std::size_t signers);
/// Error cggmp24.presign.quorum (refused): a ReasonsMessage might not fit into an envelope, and
/// then the honest would look silent.
Result<Ok, Error> check_quorum(const Parameters& set, std::size_t signers);

/// `setup` is Setup::of() of this key and auxiliary information; `self` is one of its signers.
/// Fails with check_quorum(), before anything is computed.
[[nodiscard]] Result<Step<AwaitingRound1>, Error> begin(Setup setup, Identifier self,
                                                        const keygen::Output& key,
                                                        const aux_info::Output& aux, Rng& rng);

/// The proofs of the error round about our share and our products. There is a mismatch.
[[nodiscard]] ReasonsMessage reasons(const History& history, const Secrets& secrets);

}  // namespace jointca::cggmp24::presign
