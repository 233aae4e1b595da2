// threshold/cggmp24/proofs/dec.cpp — Πdec, Fig. 28.
#include "threshold/cggmp24/proofs/dec.h"

namespace jointca::cggmp24::dec {

using p256::Scalar, p256::SecretScalar;

std::vector<bool> challenge(const Context& context, const Statement& statement,
                            const Proof& proof) {
  return bit_challenge(hash_proof("jointca/cggmp24/dec/v1", context, nullptr, statement, proof),
                       context.parameters.repetitions);
}

namespace {

struct Nonces : MoveOnly {
  Nonces(const Parameters& set, const PaillierPublicKey& key, Rng& rng)
      : alpha(SecretInteger::random_signed(set.ell + set.epsilon, rng)),
        beta(SecretInteger::random_signed(set.sum_bits() + set.epsilon, rng)),
        r(key.random_nonce(rng)) {}
  SecretInteger alpha, beta, r;
};

}  // namespace

// > A = K^(−α) (1 + N₀)^β r^N₀ mod N₀², B = β·H, C = α·G
Proof prove(const Context& context, const Statement& statement, const Witness& witness, Rng& rng) {
  const PaillierPublicKey& key = statement.key;
  JCA_ASSERT(key == witness.key.public_key());
  const auto zero = SecretInteger::from(Integer());
  std::vector<Nonces> nonces;
  Proof proof;
  for (std::size_t k = 0; k < context.parameters.repetitions; ++k) {
    const Nonces& own = nonces.emplace_back(context.parameters, key, rng);
    proof.A.push_back(
        key.add(key.mul(statement.K, zero - own.alpha), witness.key.encrypt(own.beta, own.r))
            .reveal());
    proof.B.push_back(mul(SecretScalar::reduce(own.beta), statement.H, rng));
    proof.C.push_back(base_mul(SecretScalar::reduce(own.alpha), rng));
  }
  const std::vector<bool> e = challenge(context, statement, proof);
  for (std::size_t k = 0; k < e.size(); ++k) {
    const Integer bit(e[k] ? 1 : 0);
    const auto times = SecretInteger::from(bit);
    proof.z.push_back((nonces[k].alpha + times * witness.x).reveal());
    proof.w.push_back((nonces[k].beta + times * witness.y).reveal());
    proof.nu.push_back(key.fold_nonces(nonces[k].r, witness.rho, bit).reveal());
  }
  return proof;
}

namespace {

Checked check_ranges(const Parameters& set, const PaillierPublicKey& key, const Proof& proof,
                     std::size_t k) {
  JCA_TRY(require(proof.z[k].within_power_of_two(set.ell + set.epsilon), "cggmp24.dec.z"));
  JCA_TRY(require(proof.w[k].within_power_of_two(set.sum_bits() + set.epsilon), "cggmp24.dec.w"));
  JCA_TRY(require(key.is_ciphertext(proof.A[k]), "cggmp24.dec.A"));
  return require(key.is_nonce(proof.nu[k]), "cggmp24.dec.nu");
}

Checked check_equations(const Statement& statement, const Proof& proof, std::size_t k, bool e) {
  const PaillierPublicKey& key = statement.key;
  JCA_TRY(require(
      base_mul_vartime(Scalar::reduce(proof.z[k])) == (e ? proof.C[k] + statement.X : proof.C[k]),
      "cggmp24.dec.x"));
  JCA_TRY(require(mul_vartime(Scalar::reduce(proof.w[k]), statement.H) ==
                      (e ? proof.B[k] + statement.S : proof.B[k]),
                  "cggmp24.dec.y"));
  const Integer masked = key.add(proof.A[k], key.mul(statement.K, proof.z[k]));
  return require(
      key.encrypt(proof.w[k], proof.nu[k]) == (e ? key.add(masked, statement.D) : masked),
      "cggmp24.dec.plaintext");
}

}  // namespace

Checked verify(const Context& context, const Statement& statement, const Proof& proof) {
  const std::size_t count = context.parameters.repetitions;
  JCA_TRY(require(have_size(count, proof.A, proof.B, proof.C, proof.z, proof.w, proof.nu),
                  "cggmp24.dec.count"));
  JCA_TRY(require(statement.key.is_ciphertext(statement.K), "cggmp24.dec.K"));
  JCA_TRY(require(statement.key.is_ciphertext(statement.D), "cggmp24.dec.D"));
  for (std::size_t k = 0; k < count; ++k)
    JCA_TRY(check_ranges(context.parameters, statement.key, proof, k));
  const std::vector<bool> e = challenge(context, statement, proof);
  for (std::size_t k = 0; k < count; ++k) JCA_TRY(check_equations(statement, proof, k, e[k]));
  return Ok{};
}

}  // namespace jointca::cggmp24::dec
