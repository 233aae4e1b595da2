// threshold/cggmp24/presign/history.h — what all signers have seen of a presigning run, and every
// check of its messages. The stages and whoever verifies evidence run the same functions.
#pragma once

#include <map>
#include <string>

#include "threshold/cggmp24/aux_info.h"
#include "threshold/cggmp24/keygen.h"
#include "threshold/cggmp24/presign/messages.h"
#include "threshold/cggmp24/proofs/aff_g.h"
#include "threshold/cggmp24/proofs/dec.h"

namespace jointca::cggmp24::presign {

/// A signer as everybody knows it.
struct Signer {
  p256::Point X;  ///< λ_j·X_j: over all signers they sum to the public key
  aux_info::PublicAux aux;
};

/// What the signers agreed on before they begin.
struct Setup {
  const Parameters* parameters;
  Digest session_id;  ///< fresh for every run
  std::uint64_t epoch;
  Digest key;  ///< transcript of the key's generation
  Digest aux;  ///< transcript of the auxiliary information
  PerParty<Signer> signers;

  /// `signers`: at least min_signers parties of `key`, and of `aux`.
  [[nodiscard]] static Setup of(const Parameters& parameters, const Digest& session_id,
                                std::uint64_t epoch, const keygen::Output& key,
                                const aux_info::Output& aux, const PartySet& signers);
  [[nodiscard]] p256::Point public_key() const;
};

/// Grows by one broadcast round at a time.
class History {
 public:
  explicit History(Setup setup);
  /// What a stranger is shown: inputs() of some party, in any stage. Nothing if it is not one
  /// message from each signer to each round, or not of these parameters.
  static std::optional<History> from(const Parameters& parameters, const Digest& session_id,
                                     const std::map<std::string, Bytes>& inputs);

  void add(PerParty<Round1Message> messages);
  void add(PerParty<Round2Message> messages);
  void add(PerParty<Round3Message> messages);

  [[nodiscard]] const Setup& setup() const { return setup_; }
  [[nodiscard]] const PerParty<Round1Message>& round1() const { return round1_; }
  [[nodiscard]] const PerParty<Round2Message>& round2() const { return round2_; }
  [[nodiscard]] const PerParty<Round3Message>& round3() const { return round3_; }
  /// Over everything above.
  [[nodiscard]] const Digest& view() const { return view_; }
  /// The public inputs of evidence: "setup", and "round1" to "round3" as far as they are there.
  [[nodiscard]] const std::map<std::string, Bytes>& inputs() const { return inputs_; }

  /// Where a proof of the next round is made.
  [[nodiscard]] Context context(std::string_view purpose, Identifier prover) const {
    return {*setup_.parameters, view_, setup_.epoch, purpose, prover};
  }
  /// After round 2: Γ = ΣΓ_j.
  [[nodiscard]] p256::Point sum_of_gammas() const;
  /// Γ_j or X_j.
  [[nodiscard]] p256::Point commitment(Factor factor, Identifier party) const;
  /// After round 3: δ = Σδ_j.
  [[nodiscard]] p256::Scalar delta() const;
  /// After round 3: the product whose shares do not sum to it, δ·G ≠ ΣΔ_j or δ·X ≠ ΣS_j.
  [[nodiscard]] std::optional<Factor> mismatch() const;

 private:
  void extend(std::string_view name, Bytes encoding);

  Setup setup_;
  PerParty<Round1Message> round1_;
  PerParty<Round2Message> round2_;
  PerParty<Round3Message> round3_;
  Digest view_{};
  std::map<std::string, Bytes> inputs_;
};

/// The statement of Πaff-g and Πaff-g* about one product; X is Γ_i or X_i.
[[nodiscard]] aff_g::Statement product_statement(const History& history, Identifier prover,
                                                 Identifier recipient, const Product& product,
                                                 const p256::Point& X);
/// After round 3: the statement of Πdec about a signer's share of the product.
[[nodiscard]] dec::Statement share_statement(const History& history, Factor factor,
                                             Identifier prover);

/// Each gives the name of the check that a message fails whose view is that of `history`.
/// Checks: cggmp24.presign.r1.{k, gamma}.
Checked check_round1(const History& history, Identifier prover, Identifier recipient,
                     const Round1Message& message, const Round1Proofs& proofs);
/// Checks: cggmp24.presign.r2.{recipients, elog, gamma, x}.
Checked check_round2(const History& history, Identifier prover, Identifier recipient,
                     const Round2Message& message, const Round2Proofs& proofs);
/// Check: cggmp24.presign.r3.elog.
Checked check_round3(const History& history, Identifier prover, const Round3Message& message);
/// Checks: cggmp24.presign.reasons.{recipients, dec, affine}. There is a mismatch.
Checked check_reasons(const History& history, Identifier prover, const ReasonsMessage& message);

}  // namespace jointca::cggmp24::presign
