// threshold/cggmp24/proofs/enc_elg.cpp — Πenc-elg, Fig. 24.
#include "threshold/cggmp24/proofs/enc_elg.h"

namespace jointca::cggmp24::enc_elg {

using p256::Scalar, p256::SecretScalar;

Scalar challenge(const Context& context, const RingPedersen& setup, const Statement& statement,
                 const Proof& proof) {
  return scalar_challenge(
      hash_proof("jointca/cggmp24/enc_elg/v1", context, &setup, statement, proof));
}

// > α ← ±2^(ℓ+ε), µ ← ±2^ℓ·N̂, r ← Z*_N₀, β ← Z_q, γ ← ±2^(ℓ+ε)·N̂
// > S = s^x t^µ, T = s^α t^γ, D = enc(α; r), Y = β·A + α·G, Z = β·G
Proof prove(const Context& context, const RingPedersen& setup, const Statement& statement,
            const Witness& witness, Rng& rng) {
  JCA_ASSERT(statement.key == witness.key.public_key());
  const Parameters& set = context.parameters;
  const unsigned slack = set.ell + set.epsilon;
  const auto alpha = SecretInteger::random_signed(slack, rng);
  const auto mu = SecretInteger::random_signed(set.ell + set.modulus_bits(), rng);
  const auto r = statement.key.random_nonce(rng);
  const auto beta = SecretScalar::random(rng);
  const auto gamma = SecretInteger::random_signed(slack + set.modulus_bits(), rng);

  Proof proof;
  proof.S = setup.commit(witness.x, mu).reveal();
  proof.T = setup.commit(alpha, gamma).reveal();
  proof.D = witness.key.encrypt(alpha, r).reveal();
  proof.Y = mul_add(beta, statement.A, SecretScalar::reduce(alpha), rng);
  proof.Z = base_mul(beta, rng);

  const Scalar e = challenge(context, setup, statement, proof);
  const auto times = SecretInteger::from(e.integer());
  proof.z1 = (alpha + times * witness.x).reveal();
  proof.z2 = statement.key.fold_nonces(r, witness.rho, e.integer()).reveal();
  proof.z3 = (gamma + times * mu).reveal();
  proof.w = (beta + witness.b * e).reveal();
  return proof;
}

Checked verify(const Context& context, const RingPedersen& setup, const Statement& statement,
               const Proof& proof) {
  const PaillierPublicKey& key = statement.key;
  const Parameters& set = context.parameters;
  JCA_TRY(require(proof.z1.within_power_of_two(set.ell + set.epsilon), "cggmp24.enc_elg.z1"));
  JCA_TRY(require(key.is_ciphertext(statement.C), "cggmp24.enc_elg.C"));
  JCA_TRY(require(setup.is_unit(proof.S), "cggmp24.enc_elg.S"));
  JCA_TRY(require(setup.is_unit(proof.T), "cggmp24.enc_elg.T"));
  JCA_TRY(require(key.is_ciphertext(proof.D), "cggmp24.enc_elg.D"));
  JCA_TRY(require(key.is_nonce(proof.z2), "cggmp24.enc_elg.z2"));

  const Scalar e = challenge(context, setup, statement, proof);
  const Scalar z1 = Scalar::reduce(proof.z1);
  JCA_TRY(
      require(mul_add_vartime(proof.w, statement.A, z1) == proof.Y + mul_vartime(e, statement.X),
              "cggmp24.enc_elg.commitment"));
  JCA_TRY(require(base_mul_vartime(proof.w) == proof.Z + mul_vartime(e, statement.B),
                  "cggmp24.enc_elg.key"));
  JCA_TRY(require(setup.answers(proof.z1, proof.z3, proof.T, proof.S, e.integer()),
                  "cggmp24.enc_elg.setup"));
  return require(
      key.encrypt(proof.z1, proof.z2) == key.add(proof.D, key.mul(statement.C, e.integer())),
      "cggmp24.enc_elg.plaintext");
}

}  // namespace jointca::cggmp24::enc_elg
