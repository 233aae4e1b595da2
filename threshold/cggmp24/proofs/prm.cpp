// threshold/cggmp24/proofs/prm.cpp — Πprm, Fig. 13.
#include "threshold/cggmp24/proofs/prm.h"

#include "crypto/fixed_base.h"

namespace jointca::cggmp24::prm {

std::vector<bool> challenge(const Context& context, const Statement& statement,
                            const Proof& proof) {
  return bit_challenge(hash_proof("jointca/cggmp24/prm/v1", context, nullptr, statement, proof),
                       context.parameters.repetitions);
}

// > a_i ← Z_φ(N), A_i = t^a_i mod N, z_i = a_i + e_i λ mod φ(N)
Proof prove(const Context& context, const RingPedersenSecret& secret, Rng& rng) {
  const RingPedersen& setup = secret.setup();
  const SecretInteger phi = secret.primes().phi();
  const auto t = SecretInteger::from(setup.t()).narrowed(setup.modulus().bits());
  std::vector<SecretInteger> a;
  Proof proof;
  for (std::size_t i = 0; i < context.parameters.repetitions; ++i) {
    a.push_back(SecretInteger::random_below(phi, rng));
    proof.A.push_back(secret.primes().pow(t, a.back()).reveal());
  }
  const std::vector<bool> e = challenge(context, {setup}, proof);
  for (std::size_t i = 0; i < e.size(); ++i) {
    const auto times = SecretInteger::from(Integer(e[i] ? 1 : 0));
    proof.z.push_back((a[i] + times * secret.lambda()).mod(phi).reveal());
  }
  return proof;
}

Checked verify(const Context& context, const Statement& statement, const Proof& proof) {
  const RingPedersen& setup = statement.setup;
  const Integer& N = setup.modulus();
  const std::size_t count = context.parameters.repetitions;
  JCA_TRY(require(have_size(count, proof.A, proof.z), "cggmp24.prm.count"));
  for (std::size_t i = 0; i < count; ++i) {
    JCA_TRY(require(setup.is_unit(proof.A[i]), "cggmp24.prm.A"));
    JCA_TRY(require(!proof.z[i].is_negative() && proof.z[i] < N, "cggmp24.prm.z"));
  }
  const std::vector<bool> e = challenge(context, statement, proof);
  const FixedBase t(setup.t(), N, N.bits());
  for (std::size_t i = 0; i < count; ++i)
    JCA_TRY(require(t.pow(proof.z[i]) == (e[i] ? (proof.A[i] * setup.s()).mod(N) : proof.A[i]),
                    "cggmp24.prm.power"));
  return Ok{};
}

}  // namespace jointca::cggmp24::prm
