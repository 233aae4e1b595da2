// threshold/cggmp24/presign/presignature.h — what presigning leaves with each signer: good for one
// signature, by these signers.
#pragma once

#include <optional>

#include "base/move_only.h"
#include "threshold/cggmp24/message.h"

namespace jointca::cggmp24 {

/// What partial signatures are checked against: in the paper Δ̃_j = k̃_j·Γ and S̃_j = χ̃_j·Γ.
struct PartialCommitment {
  p256::Point Delta, S;

  template <class Self, class Visit>
  static void fields(Self& self, Visit& visit) {
    visit(self.Delta);
    visit(self.S);
  }
  bool operator==(const PartialCommitment&) const = default;
};

/// The same for all signers.
struct PublicPresignature {
  Digest view{};  ///< of the whole presigning run
  p256::Point public_key;
  p256::Point Gamma;
  PerParty<PartialCommitment> signers;

  template <class Self, class Visit>
  static void fields(Self& self, Visit& visit) {
    visit(self.view);
    visit(self.public_key);
    visit(self.Gamma);
    visit(self.signers);
  }
  /// Over all of the above.
  [[nodiscard]] Digest id() const;
  bool operator==(const PublicPresignature&) const = default;
};

/// Consumed by signing. The secrets abort the program when they are used a second time.
class Presignature : MoveOnly {
 public:
  Presignature(Identifier self, PublicPresignature common, Secret<32> k, Secret<32> chi)
      : self_(self), common_(std::move(common)), k_(std::move(k)), chi_(std::move(chi)) {}

  [[nodiscard]] Identifier self() const { return self_; }
  [[nodiscard]] const PublicPresignature& common() const { return common_; }
  /// k̃ = k/δ and χ̃ = χ/δ.
  struct Secrets {
    p256::SecretScalar k, chi;
  };
  /// Nothing if they are no scalars: the presignature was damaged where it was kept.
  [[nodiscard]] std::optional<Secrets> consume() &&;

 private:
  Identifier self_;
  PublicPresignature common_;
  Secret<32> k_, chi_;
};

}  // namespace jointca::cggmp24
