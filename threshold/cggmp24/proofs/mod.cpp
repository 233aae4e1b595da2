// threshold/cggmp24/proofs/mod.cpp — Πmod, Fig. 12.
#include "threshold/cggmp24/proofs/mod.h"

namespace jointca::cggmp24::mod {

std::vector<Integer> challenge(const Context& context, const Statement& statement,
                               const Proof& proof) {
  return residue_challenge(hash_proof("jointca/cggmp24/mod/v1", context, nullptr, statement, proof),
                           statement.key.modulus(), context.parameters.repetitions);
}

namespace {

/// A unit with Jacobi symbol −1, public.
Integer random_non_square(const Integer& N, Rng& rng) {
  for (;;) {
    Integer w = SecretInteger::random_below(N, rng).reveal();
    if (jacobi(w, N) == -1) return w;
  }
}

}  // namespace

// > a_i, b_i ∈ {0, 1} such that y′_i = (−1)^a_i w^b_i y_i is a square, x_i its fourth root, and
// > z_i = y_i^(1/N mod φ(N)) mod N
Proof prove(const Context& context, const PrimePair& primes, Rng& rng) {
  const Integer& N = primes.modulus();
  const auto key = PaillierPublicKey::from(N, N.bits());
  JCA_ASSERT(key.has_value());
  Proof proof;
  proof.w = random_non_square(N, rng);
  const bool w_is_square_mod_p =
      primes.reveal_squares(SecretInteger::from(proof.w).narrowed(N.bits())).first;
  for (const Integer& y : challenge(context, {*key}, proof)) {
    const auto [mod_p, mod_q] = primes.reveal_squares(SecretInteger::from(y).narrowed(N.bits()));
    // Multiplied by w, which is a square modulo one prime only, y is one modulo both or neither.
    const bool times_w = mod_p != mod_q;
    const bool negated = !(times_w ? mod_p == w_is_square_mod_p : mod_p);
    Integer square = times_w ? y * proof.w : y;
    if (negated) square = -square;
    proof.a.push_back(negated ? 1 : 0);
    proof.b.push_back(times_w ? 1 : 0);
    proof.x.push_back(
        primes.fourth_root(SecretInteger::from(square.mod(N)).narrowed(N.bits())).reveal());
    proof.z.push_back(primes.nth_root(SecretInteger::from(y).narrowed(N.bits())).reveal());
  }
  return proof;
}

Checked verify(const Context& context, const Statement& statement, const Proof& proof) {
  const Integer& N = statement.key.modulus();
  const std::size_t count = context.parameters.repetitions;
  JCA_TRY(require(proof.x.size() == count && proof.z.size() == count && proof.a.size() == count &&
                      proof.b.size() == count,
                  "cggmp24.mod.count"));
  JCA_TRY(require(N.is_odd() && !N.is_perfect_power() && !N.is_probably_prime(), "cggmp24.mod.N"));
  JCA_TRY(require(proof.w.is_unit(N) && jacobi(proof.w, N) == -1, "cggmp24.mod.w"));
  const std::vector<Integer> y = challenge(context, statement, proof);
  for (std::size_t i = 0; i < count; ++i) {
    JCA_TRY(require(proof.a[i] <= 1 && proof.b[i] <= 1, "cggmp24.mod.flag"));
    JCA_TRY(require(y[i].is_unit(N), "cggmp24.mod.y"));
    JCA_TRY(require(proof.x[i].is_unit(N), "cggmp24.mod.x"));
    JCA_TRY(require(proof.z[i].is_unit(N), "cggmp24.mod.z"));
  }
  for (std::size_t i = 0; i < count; ++i) {
    Integer square = proof.b[i] == 1 ? y[i] * proof.w : y[i];
    if (proof.a[i] == 1) square = -square;
    JCA_TRY(
        require(pow_mod(proof.x[i], Integer(4), N) == square.mod(N), "cggmp24.mod.fourth_root"));
    JCA_TRY(require(pow_mod(proof.z[i], N, N) == y[i], "cggmp24.mod.nth_root"));
  }
  return Ok{};
}

}  // namespace jointca::cggmp24::mod
