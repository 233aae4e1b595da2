// threshold/cggmp24/proofs/aff_g.h — Πaff-g, Fig. 25: a ciphertext was made from another by an
// affine operation whose coefficients are in range and committed to.
//
// D = x⊙C ⊕ enc_j(y; ρ), Y = enc_i(y; ρ_y), X = x·G with x ∈ ±2^ℓ and y ∈ ±2^ℓ′. Convinces the
// owner of `setup`, whose Paillier key is j, that x ∈ ±2^(ℓ+ε) and y ∈ ±2^(ℓ′+ε).
#pragma once

#include "threshold/cggmp24/fields.h"

namespace jointca::cggmp24::aff_g {

/// Also that of Πaff-g*.
struct Statement {
  PaillierPublicKey receiver;  ///< j, N₀ in the paper
  PaillierPublicKey prover;    ///< i, N₁ in the paper
  Integer C, D;                ///< under the receiver's key
  Integer Y;                   ///< under the prover's key
  p256::Point X;

  template <class Self, class Visit>
  static void fields(Self& self, const Parameters& set, Visit& visit) {
    visit(self.receiver);
    visit(self.prover);
    visit(self.C, set.ciphertext());
    visit(self.D, set.ciphertext());
    visit(self.Y, set.ciphertext());
    visit(self.X);
  }
};

struct Witness {
  const PaillierSecretKey& key;
  const SecretInteger& x;
  const SecretInteger& y;
  const SecretInteger& rho;    ///< of D, mod N_j
  const SecretInteger& rho_y;  ///< of Y, mod N_i
};

struct Proof {
  Integer A;
  p256::Point B_x;
  Integer B_y, E, S, F, T;
  Integer z1, z2, z3, z4, w, w_y;

  template <class Self, class Visit>
  static void commitment(Self& self, const Parameters& set, Visit& visit) {
    visit(self.A, set.ciphertext());
    visit(self.B_x);
    visit(self.B_y, set.ciphertext());
    for (auto* commitment : {&self.E, &self.S, &self.F, &self.T}) visit(*commitment, set.residue());
  }
  template <class Self, class Visit>
  static void response(Self& self, const Parameters& set, Visit& visit) {
    visit(self.z1, Parameters::within(set.ell + set.epsilon));
    visit(self.z2, Parameters::within(set.ell_prime + set.epsilon));
    visit(self.z3, Parameters::within(set.ell + set.epsilon + set.modulus_bits()));
    visit(self.z4, Parameters::within(set.ell + set.epsilon + set.modulus_bits()));
    visit(self.w, set.residue());
    visit(self.w_y, set.residue());
  }
};

[[nodiscard]] p256::Scalar challenge(const Context& context, const RingPedersen& setup,
                                     const Statement& statement, const Proof& proof);
[[nodiscard]] Proof prove(const Context& context, const RingPedersen& setup,
                          const Statement& statement, const Witness& witness, Rng& rng);
/// Checks: cggmp24.aff_g.{C, D, Y, A, B_y, E, S, F, T, z1, z2, w, w_y, x, y, setup_x, setup_y,
/// operation}.
Checked verify(const Context& context, const RingPedersen& setup, const Statement& statement,
               const Proof& proof);

}  // namespace jointca::cggmp24::aff_g
