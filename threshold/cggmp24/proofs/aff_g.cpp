// threshold/cggmp24/proofs/aff_g.cpp — Πaff-g, Fig. 25.
#include "threshold/cggmp24/proofs/aff_g.h"

namespace jointca::cggmp24::aff_g {

using p256::Scalar, p256::SecretScalar;

Scalar challenge(const Context& context, const RingPedersen& setup, const Statement& statement,
                 const Proof& proof) {
  return scalar_challenge(
      hash_proof("jointca/cggmp24/aff_g/v1", context, &setup, statement, proof));
}

// > α ← ±2^(ℓ+ε), β ← ±2^(ℓ′+ε), r ← Z*_N₀, r_y ← Z*_N₁,
// > γ, δ ← ±2^(ℓ+ε)·N̂, m, µ ← ±2^ℓ·N̂
// > A = α⊙C ⊕ enc₀(β; r), B_x = α·G, B_y = enc₁(β; r_y),
// > E = s^α t^γ, S = s^x t^m, F = s^β t^δ, T = s^y t^µ
Proof prove(const Context& context, const RingPedersen& setup, const Statement& statement,
            const Witness& witness, Rng& rng) {
  JCA_ASSERT(statement.prover == witness.key.public_key());
  const Parameters& set = context.parameters;
  const unsigned wide = set.ell + set.modulus_bits();
  const auto alpha = SecretInteger::random_signed(set.ell + set.epsilon, rng);
  const auto beta = SecretInteger::random_signed(set.ell_prime + set.epsilon, rng);
  const auto r = statement.receiver.random_nonce(rng);
  const auto r_y = statement.prover.random_nonce(rng);
  const auto gamma = SecretInteger::random_signed(wide + set.epsilon, rng);
  const auto delta = SecretInteger::random_signed(wide + set.epsilon, rng);
  const auto m = SecretInteger::random_signed(wide, rng);
  const auto mu = SecretInteger::random_signed(wide, rng);

  Proof proof;
  proof.A =
      statement.receiver
          .add(statement.receiver.mul(statement.C, alpha), statement.receiver.encrypt(beta, r))
          .reveal();
  proof.B_x = base_mul(SecretScalar::reduce(alpha), rng);
  proof.B_y = witness.key.encrypt(beta, r_y).reveal();
  proof.E = setup.commit(alpha, gamma).reveal();
  proof.S = setup.commit(witness.x, m).reveal();
  proof.F = setup.commit(beta, delta).reveal();
  proof.T = setup.commit(witness.y, mu).reveal();

  const Integer e = challenge(context, setup, statement, proof).integer();
  const auto times = SecretInteger::from(e);
  proof.z1 = (alpha + times * witness.x).reveal();
  proof.z2 = (beta + times * witness.y).reveal();
  proof.z3 = (gamma + times * m).reveal();
  proof.z4 = (delta + times * mu).reveal();
  proof.w = statement.receiver.fold_nonces(r, witness.rho, e).reveal();
  proof.w_y = statement.prover.fold_nonces(r_y, witness.rho_y, e).reveal();
  return proof;
}

namespace {

Checked check_groups(const RingPedersen& setup, const Statement& statement, const Proof& proof) {
  const PaillierPublicKey& j = statement.receiver;
  const PaillierPublicKey& i = statement.prover;
  JCA_TRY(require(j.is_ciphertext(statement.C), "cggmp24.aff_g.C"));
  JCA_TRY(require(j.is_ciphertext(statement.D), "cggmp24.aff_g.D"));
  JCA_TRY(require(i.is_ciphertext(statement.Y), "cggmp24.aff_g.Y"));
  JCA_TRY(require(j.is_ciphertext(proof.A), "cggmp24.aff_g.A"));
  JCA_TRY(require(i.is_ciphertext(proof.B_y), "cggmp24.aff_g.B_y"));
  JCA_TRY(require(setup.is_unit(proof.E), "cggmp24.aff_g.E"));
  JCA_TRY(require(setup.is_unit(proof.S), "cggmp24.aff_g.S"));
  JCA_TRY(require(setup.is_unit(proof.F), "cggmp24.aff_g.F"));
  JCA_TRY(require(setup.is_unit(proof.T), "cggmp24.aff_g.T"));
  JCA_TRY(require(j.is_nonce(proof.w), "cggmp24.aff_g.w"));
  return require(i.is_nonce(proof.w_y), "cggmp24.aff_g.w_y");
}

}  // namespace

Checked verify(const Context& context, const RingPedersen& setup, const Statement& statement,
               const Proof& proof) {
  const Parameters& set = context.parameters;
  JCA_TRY(require(proof.z1.within_power_of_two(set.ell + set.epsilon), "cggmp24.aff_g.z1"));
  JCA_TRY(require(proof.z2.within_power_of_two(set.ell_prime + set.epsilon), "cggmp24.aff_g.z2"));
  JCA_TRY(check_groups(setup, statement, proof));

  const Scalar scalar = challenge(context, setup, statement, proof);
  const Integer& e = scalar.integer();
  JCA_TRY(require(
      base_mul_vartime(Scalar::reduce(proof.z1)) == proof.B_x + mul_vartime(scalar, statement.X),
      "cggmp24.aff_g.x"));
  JCA_TRY(require(setup.answers(proof.z1, proof.z3, proof.E, proof.S, e), "cggmp24.aff_g.setup_x"));
  JCA_TRY(require(setup.answers(proof.z2, proof.z4, proof.F, proof.T, e), "cggmp24.aff_g.setup_y"));
  const PaillierPublicKey& i = statement.prover;
  JCA_TRY(require(i.encrypt(proof.z2, proof.w_y) == i.add(proof.B_y, i.mul(statement.Y, e)),
                  "cggmp24.aff_g.y"));
  const PaillierPublicKey& j = statement.receiver;
  return require(j.add(j.mul(statement.C, proof.z1), j.encrypt(proof.z2, proof.w)) ==
                     j.add(proof.A, j.mul(statement.D, e)),
                 "cggmp24.aff_g.operation");
}

}  // namespace jointca::cggmp24::aff_g
