// crypto/prime_pair.cpp — arithmetic modulo N by its factors.
#include "crypto/prime_pair.h"

#include "crypto/prime.h"

namespace jointca {
namespace {

SecretInteger small(std::uint64_t value) { return SecretInteger::from(Integer(value)); }

/// 1/N mod (prime − 1) for a safe prime: by Fermat modulo the odd prime (prime − 1)/2, then made
/// odd, because N is.
SecretInteger nth_root_exponent(const SecretInteger& minus_1, const Integer& N) {
  const unsigned bits = minus_1.bits() - 1;
  const SecretInteger half = minus_1.quotient(small(2)).narrowed(bits);
  const OddModulus modulus(half);
  const SecretInteger inverse =
      modulus.pow(modulus.reduce(SecretInteger::from(N)), (half - small(2)).narrowed(bits));
  const SecretInteger even = small(1) - inverse.mod(Integer(2));
  return (inverse + even * half).narrowed(minus_1.bits());
}

SecretInteger fourth_root_exponent(const SecretInteger& prime, const SecretInteger& minus_1) {
  const SecretInteger quarter = (prime + small(1)).quotient(small(4)).narrowed(prime.bits());
  return (quarter * quarter).mod(minus_1);
}

SecretInteger invert(const SecretInteger& x, const PrimePair::Factor& factor) {
  return factor.modulus.pow(factor.modulus.reduce(x),
                            (factor.prime - small(2)).narrowed(factor.prime.bits()));
}

/// The two highest bits of the prime, and the two lowest.
bool has_form(const SecretInteger& prime) {
  const unsigned bits = prime.bits();
  const SecretInteger top = prime.quotient(SecretInteger::from(Integer::power_of_two(bits - 2)));
  return (top - small(3)).reveal_is_zero() && (prime.mod(Integer(4)) - small(3)).reveal_is_zero();
}

}  // namespace

PrimePair::Factor::Factor(SecretInteger prime_, const Integer& N)
    : prime(std::move(prime_)),
      minus_1((prime - small(1)).narrowed(prime.bits())),
      nth_root(nth_root_exponent(minus_1, N)),
      fourth_root(fourth_root_exponent(prime, minus_1)),
      modulus(prime) {}

std::optional<PrimePair> PrimePair::from(SecretInteger p, SecretInteger q) {
  if (p.bits() != q.bits() || p.bits() < 64 || (p - q).reveal_is_zero() || !has_form(p) ||
      !has_form(q))
    return std::nullopt;
  const Integer N = (p * q).reveal();
  return PrimePair(std::move(p), std::move(q), N);
}

PrimePair PrimePair::generate(unsigned bits, Rng& rng) {
  for (;;) {
    SecretInteger p = random_safe_prime(bits, rng);
    auto pair = from(std::move(p), random_safe_prime(bits, rng));
    if (pair) return std::move(*pair);
  }
}

PrimePair::PrimePair(SecretInteger p, SecretInteger q, const Integer& N)
    : N_(N), p_(std::move(p), N), q_(std::move(q), N), q_inverse_(invert(q_.prime, p_)) {}

SecretInteger PrimePair::phi() const {
  return (p_.minus_1 * q_.minus_1).narrowed(p_.prime.bits() + q_.prime.bits());
}

SecretInteger PrimePair::combine(const SecretInteger& mod_p, const SecretInteger& mod_q) const {
  const SecretInteger lift = p_.modulus.mul(p_.modulus.reduce(mod_p - mod_q), q_inverse_);
  return (mod_q + q_.prime * lift).narrowed(N_.bits());
}

SecretInteger PrimePair::pow(const SecretInteger& base, const SecretInteger& exponent) const {
  return combine(p_.modulus.pow(p_.modulus.reduce(base), exponent.mod(p_.minus_1)),
                 q_.modulus.pow(q_.modulus.reduce(base), exponent.mod(q_.minus_1)));
}

SecretInteger PrimePair::nth_root(const SecretInteger& unit) const {
  return combine(p_.modulus.pow(p_.modulus.reduce(unit), p_.nth_root),
                 q_.modulus.pow(q_.modulus.reduce(unit), q_.nth_root));
}

SecretInteger PrimePair::fourth_root(const SecretInteger& unit) const {
  return combine(p_.modulus.pow(p_.modulus.reduce(unit), p_.fourth_root),
                 q_.modulus.pow(q_.modulus.reduce(unit), q_.fourth_root));
}

std::pair<bool, bool> PrimePair::reveal_squares(const SecretInteger& unit) const {
  const auto is_square = [&unit](const Factor& factor) {
    const SecretInteger half = factor.minus_1.quotient(small(2));
    const SecretInteger symbol = factor.modulus.pow(factor.modulus.reduce(unit), half);
    return (symbol - small(1)).reveal_is_zero();
  };
  return {is_square(p_), is_square(q_)};
}

}  // namespace jointca
