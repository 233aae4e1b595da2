// crypto/ring_pedersen.cpp — commitments to integers.
#include "crypto/ring_pedersen.h"

namespace jointca {

std::optional<RingPedersen> RingPedersen::from(const Integer& N, const Integer& s, const Integer& t,
                                               unsigned bits) {
  if (N.is_negative() || !N.is_odd() || N.bits() != bits) return std::nullopt;
  for (const Integer* generator : {&s, &t})
    if (!generator->is_unit(N) || *generator == Integer(1) || *generator == N - Integer(1))
      return std::nullopt;
  if (s == t) return std::nullopt;
  return RingPedersen(N, s, t);
}

Integer RingPedersen::commit(const Integer& x, const Integer& y) const {
  return (pow_mod(s_, x, N_) * pow_mod(t_, y, N_)).mod(N_);
}

SecretInteger RingPedersen::commit(const SecretInteger& x, const SecretInteger& y) const {
  const OddModulus modulus(N_);
  return modulus.mul(modulus.pow(s_, x), modulus.pow(t_, y));
}

bool RingPedersen::answers(const Integer& z, const Integer& w, const Integer& first,
                           const Integer& base, const Integer& e) const {
  return commit(z, w) == (first * pow_mod(base, e, N_)).mod(N_);
}

std::optional<RingPedersenSecret> RingPedersenSecret::from(PrimePair primes, SecretInteger lambda,
                                                           const RingPedersen& setup) {
  if (primes.modulus() != setup.modulus()) return std::nullopt;
  const SecretInteger s = primes.pow(SecretInteger::from(setup.t()), lambda);
  if (s.reveal() != setup.s()) return std::nullopt;
  return RingPedersenSecret(std::move(primes), std::move(lambda), setup);
}

// > Sample r ← Z*_N and λ ← [φ/4]. Set t = r² mod N and s = t^λ mod N.
RingPedersenSecret RingPedersenSecret::generate(PrimePair primes, Rng& rng) {
  const Integer& N = primes.modulus();
  const OddModulus modulus(N);
  for (;;) {
    const SecretInteger r = SecretInteger::random_below(N, rng);
    const SecretInteger quarter = primes.phi().quotient(SecretInteger::from(Integer(4)));
    SecretInteger lambda = SecretInteger::random_below(quarter.narrowed(N.bits() - 2), rng);
    const SecretInteger t = modulus.mul(r, r);
    const Integer s = primes.pow(t, lambda).reveal();
    auto setup = RingPedersen::from(N, s, t.reveal(), N.bits());
    if (setup) return {std::move(primes), std::move(lambda), std::move(*setup)};
  }
}

}  // namespace jointca
