// threshold/cggmp24/proofs/fac.h — Πfac, Fig. 26: a modulus has no small factor.
//
// N = p·q. Convinces the owner of `setup` that both factors exceed 2^(prime_bits − 1 − ℓ − ε),
// which is 2^767 in production, if N has two factors, as Πmod shows.
#pragma once

#include "threshold/cggmp24/fields.h"

namespace jointca::cggmp24::fac {

struct Statement {
  PaillierPublicKey key;  ///< the prover's

  template <class Self, class Visit>
  static void fields(Self& self, const Parameters&, Visit& visit) {
    visit(self.key);
  }
};

/// N = p·q; the production lengths are not assumed, so that tests can lie.
struct Witness {
  const SecretInteger& p;
  const SecretInteger& q;
};

/// Bound of z1 and z2 in bits: 2^(ℓ+ε)·√N, with 2^prime_bits ≥ √N in place of the root.
[[nodiscard]] constexpr unsigned factor_bits(const Parameters& set) {
  return set.ell + set.epsilon + set.prime_bits;
}

struct Proof {
  Integer P, Q, A, B, T;
  Integer z1, z2, w1, w2, v;

  template <class Self, class Visit>
  static void commitment(Self& self, const Parameters& set, Visit& visit) {
    for (auto* value : {&self.P, &self.Q, &self.A, &self.B, &self.T}) visit(*value, set.residue());
  }
  template <class Self, class Visit>
  static void response(Self& self, const Parameters& set, Visit& visit) {
    const unsigned slack = set.ell + set.epsilon;
    visit(self.z1, Parameters::within(factor_bits(set)));
    visit(self.z2, Parameters::within(factor_bits(set)));
    visit(self.w1, Parameters::within(slack + set.modulus_bits()));
    visit(self.w2, Parameters::within(slack + set.modulus_bits()));
    visit(self.v, Parameters::within(slack + 2 * set.modulus_bits()));
  }
};

[[nodiscard]] p256::Scalar challenge(const Context& context, const RingPedersen& setup,
                                     const Statement& statement, const Proof& proof);
[[nodiscard]] Proof prove(const Context& context, const RingPedersen& setup,
                          const Statement& statement, const Witness& witness, Rng& rng);
/// Checks: cggmp24.fac.{N, P, Q, A, B, T, z1, z2, p, q, product}.
Checked verify(const Context& context, const RingPedersen& setup, const Statement& statement,
               const Proof& proof);

}  // namespace jointca::cggmp24::fac
