// threshold/cggmp24/presign/messages.h — what the signers send each other while they make a
// presignature.
//
// Every message begins with its sender's view: a digest of all that was agreed on and of all
// broadcasts of the rounds before. So a message says by itself what its proofs were made for, and
// convicts its sender before a stranger who is shown what the view was made of (history.h).
#pragma once

#include "threshold/cggmp24/message.h"

namespace jointca::cggmp24::presign {

using cggmp24::encode, cggmp24::parse;

/// K_i, G_i and the ElGamal commitments to the same k_i and γ_i.
struct Round1Message {
  static constexpr std::string_view malformed = "cggmp24.presign.r1.malformed";
  Digest view{};
  Integer K;       ///< enc_i(k)
  Integer G;       ///< enc_i(γ)
  p256::Point Y;   ///< ElGamal key
  p256::Point A1;  ///< a·G
  p256::Point A2;  ///< a·Y + k·G
  p256::Point B1;  ///< b·G
  p256::Point B2;  ///< b·Y + γ·G

  template <class Self, class Visit>
  static void fields(Self& self, Visit& visit) {
    visit(self.view);
    for (auto* value : {&self.K, &self.G}) visit(*value, ciphertext_limit);
    for (auto* point : {&self.Y, &self.A1, &self.A2, &self.B1, &self.B2}) visit(*point);
  }
};

struct Round1Proofs {
  static constexpr std::string_view malformed = "cggmp24.presign.r1.malformed_proofs";
  Digest view{};
  Bytes k;      ///< Πenc-elg of K, under the recipient's setup
  Bytes gamma;  ///< Πenc-elg of G

  template <class Self, class Visit>
  static void fields(Self& self, Visit& visit) {
    visit(self.view);
    visit(self.k, proof_limit);
    visit(self.gamma, proof_limit);
  }
};

/// One multiplication of a secret of the sender i by the k of a recipient j.
struct Product {
  Integer D;  ///< secret ⊙ K_j ⊕ enc_j(−β)
  Integer F;  ///< enc_i(−β)

  template <class Self, class Visit>
  static void fields(Self& self, Visit& visit) {
    for (auto* value : {&self.D, &self.F}) visit(*value, ciphertext_limit);
  }
};

/// The two secrets that are multiplied by k: γ, for δ, and x, for χ.
enum class Factor { gamma, x };

struct Products {
  Product gamma;
  Product x;  ///< D̂ and F̂ in the paper
  [[nodiscard]] const Product& of(Factor factor) const {
    return factor == Factor::gamma ? gamma : x;
  }

  template <class Self, class Visit>
  static void fields(Self& self, Visit& visit) {
    for (auto* product : {&self.gamma, &self.x}) visit(*product);
  }
};

struct Round2Message {
  static constexpr std::string_view malformed = "cggmp24.presign.r2.malformed";
  Digest view{};
  p256::Point Gamma;            ///< γ·G
  Bytes elog;                   ///< Πelog of Γ_i against B1, B2
  PerParty<Products> products;  ///< one per peer

  template <class Self, class Visit>
  static void fields(Self& self, Visit& visit) {
    visit(self.view);
    visit(self.Gamma);
    visit(self.elog, proof_limit);
    visit(self.products);
  }
};

struct Round2Proofs {
  static constexpr std::string_view malformed = "cggmp24.presign.r2.malformed_proofs";
  Digest view{};
  Bytes gamma;  ///< Πaff-g of the product by γ, under the recipient's setup
  Bytes x;      ///< Πaff-g of the product by x

  template <class Self, class Visit>
  static void fields(Self& self, Visit& visit) {
    visit(self.view);
    visit(self.gamma, proof_limit);
    visit(self.x, proof_limit);
  }
};

struct Round3Message {
  static constexpr std::string_view malformed = "cggmp24.presign.r3.malformed";
  Digest view{};
  p256::Scalar delta;  ///< share of γ·k
  p256::Point S;       ///< χ·Γ, with χ the share of x·k
  p256::Point Delta;   ///< k·Γ
  Bytes elog;          ///< Πelog of Δ_i against A1, A2

  template <class Self, class Visit>
  static void fields(Self& self, Visit& visit) {
    visit(self.view);
    visit(self.delta);
    visit(self.S);
    visit(self.Delta);
    visit(self.elog, proof_limit);
  }
};

struct AffineProof {
  Bytes proof;  ///< Πaff-g* of the product that one peer got

  template <class Self, class Visit>
  static void fields(Self& self, Visit& visit) {
    visit(self.proof, BytesLimit{std::size_t{1} << 19});
  }
};

/// The error round, when the shares of γ·k, or those of x·k, do not sum to the product.
struct ReasonsMessage {
  static constexpr std::string_view malformed = "cggmp24.presign.reasons.malformed";
  Digest view{};
  Bytes dec;  ///< Πdec: our share is what our ciphertexts hold
  PerParty<AffineProof> affine;

  template <class Self, class Visit>
  static void fields(Self& self, Visit& visit) {
    visit(self.view);
    visit(self.dec, BytesLimit{std::size_t{1} << 19});
    visit(self.affine);
  }
};

}  // namespace jointca::cggmp24::presign
