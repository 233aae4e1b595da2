// threshold/cggmp24/proofs/sch.cpp — Πsch, Fig. 3.
#include "threshold/cggmp24/proofs/sch.h"

namespace jointca::cggmp24::sch {

using p256::Scalar, p256::SecretScalar;

Nonce::Nonce(Rng& rng) : tau(SecretScalar::random(rng)), A(base_mul(tau, rng)) {}

Scalar challenge(const Context& context, const Statement& statement, const Proof& proof) {
  return scalar_challenge(hash_proof("jointca/cggmp24/sch/v1", context, nullptr, statement, proof));
}

Proof prove(const Context& context, const Statement& statement, const SecretScalar& x,
            Nonce nonce) {
  const Nonce own = std::move(nonce);
  Proof proof{own.A, {}};
  proof.z = (own.tau + x * challenge(context, statement, proof)).reveal();
  return proof;
}

Checked verify(const Context& context, const Statement& statement, const Proof& proof) {
  JCA_TRY(require(!statement.X.is_infinity(), "cggmp24.sch.infinity"));
  const Scalar e = challenge(context, statement, proof);
  return require(base_mul_vartime(proof.z) == proof.A + mul_vartime(e, statement.X),
                 "cggmp24.sch.X");
}

}  // namespace jointca::cggmp24::sch
