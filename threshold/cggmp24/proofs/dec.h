// threshold/cggmp24/proofs/dec.h — Πdec, Fig. 28: what a ciphertext decrypts to, in the exponent,
// shown to everyone, without a setup.
//
// K^x · D = (1 + N)^y ρ^N mod N², X = x·G, S = y·H with x ∈ ±2^ℓ and y ∈ ±2^(sum_bits). A binary
// challenge, m times: only after a failure. The base H is G for δ and Γ for χ.
#pragma once

#include "threshold/cggmp24/fields.h"

namespace jointca::cggmp24::dec {

struct Statement {
  PaillierPublicKey key;  ///< the prover's, N₀
  Integer K, D;
  p256::Point X, S, H;

  template <class Self, class Visit>
  static void fields(Self& self, const Parameters& set, Visit& visit) {
    visit(self.key);
    visit(self.K, set.ciphertext());
    visit(self.D, set.ciphertext());
    visit(self.X);
    visit(self.S);
    visit(self.H);
  }
};

struct Witness {
  const PaillierSecretKey& key;
  const SecretInteger& x;
  const SecretInteger& y;
  const SecretInteger& rho;
};

/// Lists of m elements.
struct Proof {
  std::vector<Integer> A;
  std::vector<p256::Point> B, C;
  std::vector<Integer> z, w, nu;

  template <class Self, class Visit>
  static void commitment(Self& self, const Parameters& set, Visit& visit) {
    visit(self.A, set.repetitions, set.ciphertext());
    visit(self.B, set.repetitions);
    visit(self.C, set.repetitions);
  }
  template <class Self, class Visit>
  static void response(Self& self, const Parameters& set, Visit& visit) {
    visit(self.z, set.repetitions, Parameters::within(set.ell + set.epsilon));
    visit(self.w, set.repetitions, Parameters::within(set.sum_bits() + set.epsilon));
    visit(self.nu, set.repetitions, set.residue());
  }
};

[[nodiscard]] std::vector<bool> challenge(const Context& context, const Statement& statement,
                                          const Proof& proof);
[[nodiscard]] Proof prove(const Context& context, const Statement& statement,
                          const Witness& witness, Rng& rng);
/// Checks: cggmp24.dec.{count, K, D, A, z, w, nu, x, y, plaintext}.
Checked verify(const Context& context, const Statement& statement, const Proof& proof);

}  // namespace jointca::cggmp24::dec
