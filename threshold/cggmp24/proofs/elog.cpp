// threshold/cggmp24/proofs/elog.cpp — Πelog, Fig. 23.
#include "threshold/cggmp24/proofs/elog.h"

namespace jointca::cggmp24::elog {

using p256::Scalar, p256::SecretScalar;

Scalar challenge(const Context& context, const Statement& statement, const Proof& proof) {
  return scalar_challenge(
      hash_proof("jointca/cggmp24/elog/v1", context, nullptr, statement, proof));
}

// > α, m ← Z_q; A = α·G, N = m·G + α·X, B = m·H
Proof prove(const Context& context, const Statement& statement, const Witness& witness, Rng& rng) {
  const auto alpha = SecretScalar::random(rng);
  const auto m = SecretScalar::random(rng);
  Proof proof;
  proof.A = base_mul(alpha, rng);
  proof.N = mul_add(alpha, statement.X, m, rng);
  proof.B = mul(m, statement.H, rng);
  const Scalar e = challenge(context, statement, proof);
  proof.z = (alpha + witness.lambda * e).reveal();
  proof.u = (m + witness.y * e).reveal();
  return proof;
}

Checked verify(const Context& context, const Statement& statement, const Proof& proof) {
  // Sums, such as Γ, may be infinity; under such a base or key the proof would show nothing.
  JCA_TRY(
      require(!statement.X.is_infinity() && !statement.H.is_infinity(), "cggmp24.elog.infinity"));
  const Scalar e = challenge(context, statement, proof);
  JCA_TRY(require(base_mul_vartime(proof.z) == proof.A + mul_vartime(e, statement.L),
                  "cggmp24.elog.L"));
  JCA_TRY(require(
      mul_add_vartime(proof.z, statement.X, proof.u) == proof.N + mul_vartime(e, statement.M),
      "cggmp24.elog.M"));
  return require(mul_vartime(proof.u, statement.H) == proof.B + mul_vartime(e, statement.Y),
                 "cggmp24.elog.Y");
}

}  // namespace jointca::cggmp24::elog
