// crypto/paillier.cpp — Paillier's encryption.
#include "crypto/paillier.h"

namespace jointca {
namespace {

SecretInteger one() { return SecretInteger::from(Integer(1)); }

/// 1/x mod prime.
SecretInteger invert(const SecretInteger& x, const PrimePair::Factor& factor) {
  const SecretInteger exponent = (factor.minus_1 - one()).narrowed(factor.prime.bits());
  return factor.modulus.pow(factor.modulus.reduce(x), exponent);
}

SecretInteger squared(const SecretInteger& x) { return (x * x).narrowed(2 * x.bits()); }

}  // namespace

std::optional<PaillierPublicKey> PaillierPublicKey::from(const Integer& N, unsigned bits) {
  if (N.is_negative() || !N.is_odd() || N.bits() != bits) return std::nullopt;
  return PaillierPublicKey(N);
}

bool PaillierPublicKey::is_ciphertext(const Integer& c) const {
  return !c.is_negative() && !c.is_zero() && c < N2_ && gcd(c, N_) == Integer(1);
}

Integer PaillierPublicKey::encrypt(const Integer& x, const Integer& rho) const {
  const Integer message = Integer(1) + x.mod(N_) * N_;
  return (message * pow_mod(rho, N_, N2_)).mod(N2_);
}

Integer PaillierPublicKey::sub(const Integer& c, const Integer& d) const {
  return add(c, mul(d, -Integer(1)));
}

Integer PaillierPublicKey::mul(const Integer& c, const Integer& k) const {
  return pow_mod(c, k, N2_);
}

SecretInteger PaillierPublicKey::random_nonce(Rng& rng) const {
  // Not zero and a unit but for a chance that nobody will meet; both would show the factors.
  return SecretInteger::random_below(N_, rng);
}

SecretInteger PaillierPublicKey::message_part(const SecretInteger& x) const {
  return (x.mod(N_) * SecretInteger::from(N_) + one()).narrowed(N2_.bits());
}

SecretInteger PaillierPublicKey::encrypt(const SecretInteger& x, const SecretInteger& rho) const {
  const OddModulus modulus(N2_);
  const SecretInteger mask = modulus.pow(rho.narrowed(N2_.bits()), SecretInteger::from(N_));
  return modulus.mul(message_part(x), mask);
}

SecretInteger PaillierPublicKey::mul(const Integer& c, const SecretInteger& x) const {
  return OddModulus(N2_).pow(c, x);
}

SecretInteger PaillierPublicKey::add(const SecretInteger& c, const SecretInteger& d) const {
  return OddModulus(N2_).mul(c, d);
}

SecretInteger PaillierPublicKey::fold_nonces(const SecretInteger& r, const SecretInteger& rho,
                                             const Integer& e) const {
  JCA_ASSERT(!e.is_negative());
  const OddModulus modulus(N_);
  return modulus.mul(r, modulus.pow(rho, SecretInteger::from(e)));
}

PaillierSecretKey::Part::Part(const PrimePair::Factor& factor)
    : squared(jointca::squared(factor.prime)) {}

PaillierSecretKey::PaillierSecretKey(PrimePair primes)
    : primes_(std::move(primes)),
      public_(primes_.modulus()),
      p_(primes_.p_factor()),
      q_(primes_.q_factor()),
      q_squared_(squared(primes_.q())),
      q_squared_inverse_([this] {
        // The group of units mod p² has p(p − 1) elements.
        const SecretInteger order = primes_.p() * primes_.p_factor().minus_1;
        return p_.squared.pow(p_.squared.reduce(q_squared_),
                              (order - one()).narrowed(p_.squared.bits()));
      }()) {}

/// ρ^N mod prime². Raising to the power of `prime` makes of a residue mod prime one mod prime², so
/// the rest of the exponent, the other prime, may be taken modulo prime.
SecretInteger PaillierSecretKey::residue(const PrimePair::Factor& factor, const Part& part,
                                         const SecretInteger& other,
                                         const SecretInteger& rho) const {
  const SecretInteger u = factor.modulus.pow(factor.modulus.reduce(rho), other.mod(factor.minus_1));
  return part.squared.pow(u.narrowed(part.squared.bits()), factor.prime);
}

SecretInteger PaillierSecretKey::encrypt(const SecretInteger& x, const SecretInteger& rho) const {
  const SecretInteger mod_p2 = residue(primes_.p_factor(), p_, primes_.q(), rho);
  const SecretInteger mod_q2 = residue(primes_.q_factor(), q_, primes_.p(), rho);
  const SecretInteger lift = p_.squared.mul(p_.squared.reduce(mod_p2 - mod_q2), q_squared_inverse_);
  const SecretInteger mask =
      (mod_q2 + q_squared_ * lift).narrowed(public_.modulus_squared().bits());
  return OddModulus(public_.modulus_squared()).mul(public_.message_part(x), mask);
}

/// x mod prime: c^(prime − 1) = 1 + x·(prime − 1)·N = 1 − x·other·prime mod prime².
SecretInteger PaillierSecretKey::decrypted(const PrimePair::Factor& factor, const Part& part,
                                           const SecretInteger& other, const Integer& c) const {
  const SecretInteger power =
      part.squared.pow(part.squared.reduce(SecretInteger::from(c)), factor.minus_1);
  const SecretInteger x_times_minus_other =
      factor.modulus.reduce((power - one()).quotient(factor.prime));
  return factor.modulus.mul(
      x_times_minus_other,
      factor.modulus.reduce(SecretInteger::from(Integer()) - invert(other, factor)));
}

SecretInteger PaillierSecretKey::decrypt(const Integer& c) const {
  JCA_ASSERT(public_.is_ciphertext(c));
  const SecretInteger x = primes_.combine(decrypted(primes_.p_factor(), p_, primes_.q(), c),
                                          decrypted(primes_.q_factor(), q_, primes_.p(), c));
  const SecretInteger N = SecretInteger::from(public_.modulus());
  const SecretInteger centred = (x - N).narrowed(x.bits());
  return select((N - x - x).negative(), centred, x);
}

SecretInteger PaillierSecretKey::nonce_of(const Integer& c) const {
  return primes_.nth_root(
      SecretInteger::from(c.mod(public_.modulus())).narrowed(public_.modulus().bits()));
}

}  // namespace jointca
