// threshold/cggmp24/proofs/aff_g_star.cpp — Πaff-g*, Fig. 27.
#include "threshold/cggmp24/proofs/aff_g_star.h"

namespace jointca::cggmp24::aff_g_star {

using p256::Scalar, p256::SecretScalar;

std::vector<bool> challenge(const Context& context, const Statement& statement,
                            const Proof& proof) {
  return bit_challenge(
      hash_proof("jointca/cggmp24/aff_g_star/v1", context, nullptr, statement, proof),
      context.parameters.repetitions);
}

namespace {

struct Nonces : MoveOnly {
  Nonces(const Parameters& set, const Statement& statement, Rng& rng)
      : alpha(SecretInteger::random_signed(set.ell + set.epsilon, rng)),
        beta(SecretInteger::random_signed(set.ell_prime + set.epsilon, rng)),
        r(statement.receiver.random_nonce(rng)),
        r_y(statement.prover.random_nonce(rng)) {}
  SecretInteger alpha, beta, r, r_y;
};

}  // namespace

Proof prove(const Context& context, const Statement& statement, const Witness& witness, Rng& rng) {
  JCA_ASSERT(statement.prover == witness.key.public_key());
  const PaillierPublicKey& j = statement.receiver;
  std::vector<Nonces> nonces;
  Proof proof;
  for (std::size_t k = 0; k < context.parameters.repetitions; ++k) {
    const Nonces& own = nonces.emplace_back(context.parameters, statement, rng);
    proof.A.push_back(j.add(j.mul(statement.C, own.alpha), j.encrypt(own.beta, own.r)).reveal());
    proof.B_x.push_back(base_mul(SecretScalar::reduce(own.alpha), rng));
    proof.B_y.push_back(witness.key.encrypt(own.beta, own.r_y).reveal());
  }
  const std::vector<bool> e = challenge(context, statement, proof);
  for (std::size_t k = 0; k < e.size(); ++k) {
    const Integer bit(e[k] ? 1 : 0);
    const auto times = SecretInteger::from(bit);
    proof.z1.push_back((nonces[k].alpha + times * witness.x).reveal());
    proof.z2.push_back((nonces[k].beta + times * witness.y).reveal());
    proof.w.push_back(j.fold_nonces(nonces[k].r, witness.rho, bit).reveal());
    proof.w_y.push_back(statement.prover.fold_nonces(nonces[k].r_y, witness.rho_y, bit).reveal());
  }
  return proof;
}

namespace {

Checked check_ranges(const Parameters& set, const Statement& statement, const Proof& proof,
                     std::size_t k) {
  JCA_TRY(require(proof.z1[k].within_power_of_two(set.ell + set.epsilon), "cggmp24.aff_g_star.z1"));
  JCA_TRY(require(proof.z2[k].within_power_of_two(set.ell_prime + set.epsilon),
                  "cggmp24.aff_g_star.z2"));
  JCA_TRY(require(statement.receiver.is_ciphertext(proof.A[k]), "cggmp24.aff_g_star.A"));
  JCA_TRY(require(statement.prover.is_ciphertext(proof.B_y[k]), "cggmp24.aff_g_star.B_y"));
  JCA_TRY(require(statement.receiver.is_nonce(proof.w[k]), "cggmp24.aff_g_star.w"));
  return require(statement.prover.is_nonce(proof.w_y[k]), "cggmp24.aff_g_star.w_y");
}

Checked check_equations(const Statement& statement, const Proof& proof, std::size_t k, bool e) {
  const PaillierPublicKey& i = statement.prover;
  const PaillierPublicKey& j = statement.receiver;
  JCA_TRY(require(base_mul_vartime(Scalar::reduce(proof.z1[k])) ==
                      (e ? proof.B_x[k] + statement.X : proof.B_x[k]),
                  "cggmp24.aff_g_star.x"));
  JCA_TRY(require(
      i.encrypt(proof.z2[k], proof.w_y[k]) == (e ? i.add(proof.B_y[k], statement.Y) : proof.B_y[k]),
      "cggmp24.aff_g_star.y"));
  return require(j.add(j.mul(statement.C, proof.z1[k]), j.encrypt(proof.z2[k], proof.w[k])) ==
                     (e ? j.add(proof.A[k], statement.D) : proof.A[k]),
                 "cggmp24.aff_g_star.operation");
}

}  // namespace

Checked verify(const Context& context, const Statement& statement, const Proof& proof) {
  const std::size_t count = context.parameters.repetitions;
  JCA_TRY(require(
      have_size(count, proof.A, proof.B_x, proof.B_y, proof.z1, proof.z2, proof.w, proof.w_y),
      "cggmp24.aff_g_star.count"));
  JCA_TRY(require(statement.receiver.is_ciphertext(statement.C), "cggmp24.aff_g_star.C"));
  JCA_TRY(require(statement.receiver.is_ciphertext(statement.D), "cggmp24.aff_g_star.D"));
  JCA_TRY(require(statement.prover.is_ciphertext(statement.Y), "cggmp24.aff_g_star.Y"));
  for (std::size_t k = 0; k < count; ++k)
    JCA_TRY(check_ranges(context.parameters, statement, proof, k));
  const std::vector<bool> e = challenge(context, statement, proof);
  for (std::size_t k = 0; k < count; ++k) JCA_TRY(check_equations(statement, proof, k, e[k]));
  return Ok{};
}

}  // namespace jointca::cggmp24::aff_g_star
