// threshold/cggmp24/proofs/fac.cpp — Πfac, Fig. 26.
#include "threshold/cggmp24/proofs/fac.h"

namespace jointca::cggmp24::fac {

p256::Scalar challenge(const Context& context, const RingPedersen& setup,
                       const Statement& statement, const Proof& proof) {
  return scalar_challenge(hash_proof("jointca/cggmp24/fac/v1", context, &setup, statement, proof));
}

// > α, β ← ±2^(ℓ+ε)·√N, µ, ν ← ±2^ℓ·N̂, r ← ±2^(ℓ+ε)·N·N̂, x, y ← ±2^(ℓ+ε)·N̂
// > P = s^p t^µ, Q = s^q t^ν, A = s^α t^x, B = s^β t^y, T = Q^α t^r
Proof prove(const Context& context, const RingPedersen& setup, const Statement& statement,
            const Witness& witness, Rng& rng) {
  const Parameters& set = context.parameters;
  const unsigned wide = set.ell + set.modulus_bits();
  const auto alpha = SecretInteger::random_signed(factor_bits(set), rng);
  const auto beta = SecretInteger::random_signed(factor_bits(set), rng);
  const auto mu = SecretInteger::random_signed(wide, rng);
  const auto nu = SecretInteger::random_signed(wide, rng);
  const auto r = SecretInteger::random_signed(wide + set.epsilon + set.modulus_bits(), rng);
  const auto x = SecretInteger::random_signed(wide + set.epsilon, rng);
  const auto y = SecretInteger::random_signed(wide + set.epsilon, rng);

  Proof proof;
  proof.P = setup.commit(witness.p, mu).reveal();
  proof.Q = setup.commit(witness.q, nu).reveal();
  proof.A = setup.commit(alpha, x).reveal();
  proof.B = setup.commit(beta, y).reveal();
  const OddModulus modulus(setup.modulus());
  proof.T = modulus.mul(modulus.pow(proof.Q, alpha), modulus.pow(setup.t(), r)).reveal();

  const auto e = SecretInteger::from(challenge(context, setup, statement, proof).integer());
  proof.z1 = (alpha + e * witness.p).reveal();
  proof.z2 = (beta + e * witness.q).reveal();
  proof.w1 = (x + e * mu).reveal();
  proof.w2 = (y + e * nu).reveal();
  proof.v = (r - e * nu * witness.p).reveal();
  return proof;
}

Checked verify(const Context& context, const RingPedersen& setup, const Statement& statement,
               const Proof& proof) {
  const Parameters& set = context.parameters;
  const Integer& N = statement.key.modulus();
  JCA_TRY(require(N > Integer::power_of_two(4 * set.ell), "cggmp24.fac.N"));
  JCA_TRY(require(proof.z1.within_power_of_two(factor_bits(set)), "cggmp24.fac.z1"));
  JCA_TRY(require(proof.z2.within_power_of_two(factor_bits(set)), "cggmp24.fac.z2"));
  JCA_TRY(require(setup.is_unit(proof.P), "cggmp24.fac.P"));
  JCA_TRY(require(setup.is_unit(proof.Q), "cggmp24.fac.Q"));
  JCA_TRY(require(setup.is_unit(proof.A), "cggmp24.fac.A"));
  JCA_TRY(require(setup.is_unit(proof.B), "cggmp24.fac.B"));
  JCA_TRY(require(setup.is_unit(proof.T), "cggmp24.fac.T"));

  const Integer e = challenge(context, setup, statement, proof).integer();
  const Integer& M = setup.modulus();
  JCA_TRY(require(setup.answers(proof.z1, proof.w1, proof.A, proof.P, e), "cggmp24.fac.p"));
  JCA_TRY(require(setup.answers(proof.z2, proof.w2, proof.B, proof.Q, e), "cggmp24.fac.q"));
  const Integer left = pow_mod(proof.Q, proof.z1, M) * pow_mod(setup.t(), proof.v, M);
  return require(left.mod(M) == (proof.T * pow_mod(setup.s(), N * e, M)).mod(M),
                 "cggmp24.fac.product");
}

}  // namespace jointca::cggmp24::fac
