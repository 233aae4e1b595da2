// threshold/cggmp24/proofs/enc_elg.h — Πenc-elg, Fig. 24: the plaintext of a Paillier ciphertext is
// in range, and is the one of an ElGamal commitment.
//
// C = enc(x; ρ), B = b·G, X = b·A + x·G with x ∈ ±2^ℓ. Convinces the owner of `setup` that
// x ∈ ±2^(ℓ+ε).
#pragma once

#include "threshold/cggmp24/fields.h"

namespace jointca::cggmp24::enc_elg {

struct Statement {
  PaillierPublicKey key;  ///< the prover's, N₀
  Integer C;
  p256::Point A;  ///< ElGamal key
  p256::Point B;
  p256::Point X;

  template <class Self, class Visit>
  static void fields(Self& self, const Parameters& set, Visit& visit) {
    visit(self.key);
    visit(self.C, set.ciphertext());
    visit(self.A);
    visit(self.B);
    visit(self.X);
  }
};

struct Witness {
  const PaillierSecretKey& key;
  const SecretInteger& x;
  const SecretInteger& rho;
  const p256::SecretScalar& b;
};

struct Proof {
  Integer S, T, D;
  p256::Point Y, Z;
  Integer z1, z2, z3;
  p256::Scalar w;

  template <class Self, class Visit>
  static void commitment(Self& self, const Parameters& set, Visit& visit) {
    visit(self.S, set.residue());
    visit(self.T, set.residue());
    visit(self.D, set.ciphertext());
    visit(self.Y);
    visit(self.Z);
  }
  template <class Self, class Visit>
  static void response(Self& self, const Parameters& set, Visit& visit) {
    visit(self.z1, Parameters::within(set.ell + set.epsilon));
    visit(self.z2, set.residue());
    visit(self.z3, Parameters::within(set.ell + set.epsilon + set.modulus_bits()));
    visit(self.w);
  }
};

[[nodiscard]] p256::Scalar challenge(const Context& context, const RingPedersen& setup,
                                     const Statement& statement, const Proof& proof);
[[nodiscard]] Proof prove(const Context& context, const RingPedersen& setup,
                          const Statement& statement, const Witness& witness, Rng& rng);
/// Checks: cggmp24.enc_elg.{C, S, T, D, z1, z2, plaintext, commitment, key, setup}.
Checked verify(const Context& context, const RingPedersen& setup, const Statement& statement,
               const Proof& proof);

}  // namespace jointca::cggmp24::enc_elg
