// crypto/prime_pair.h — arithmetic modulo N = p·q for the one who knows the factors, in constant
// time, through the Chinese remainder theorem.
//
// Four times as fast as without the factors. What is raised here may be secret, the exponents and
// the factors are; only the lowest and highest limb of the factors and of what is derived from them
// may show in the cache (crypto/secret_integer.h).
#pragma once

#include "crypto/secret_integer.h"

namespace jointca {

/// Two different safe primes of equal length whose two highest bits are set, so that N has exactly
/// twice their bits. Both are ≡ 3 mod 4, which makes N a Blum modulus.
class PrimePair : MoveOnly {
 public:
  /// Nothing unless lengths, highest bits and residues mod 4 are so. Does not check primality.
  static std::optional<PrimePair> from(SecretInteger p, SecretInteger q);
  /// `bits` each. Takes seconds at 1536 bits.
  [[nodiscard]] static PrimePair generate(unsigned bits, Rng& rng);

  [[nodiscard]] const Integer& modulus() const { return N_; }
  [[nodiscard]] const SecretInteger& p() const { return p_.prime; }
  [[nodiscard]] const SecretInteger& q() const { return q_.prime; }
  /// φ(N) = (p − 1)(q − 1).
  [[nodiscard]] SecretInteger phi() const;

  /// base^exponent mod N for a unit and an exponent that is not negative.
  [[nodiscard]] SecretInteger pow(const SecretInteger& base, const SecretInteger& exponent) const;
  /// The N-th root of a unit mod N.
  [[nodiscard]] SecretInteger nth_root(const SecretInteger& unit) const;
  /// x^(f_p) mod p and x^(f_q) mod q with f = ((p + 1)/4)²: where x is a square mod N, the root of
  /// its root that is itself a square. The map is a homomorphism.
  [[nodiscard]] SecretInteger fourth_root(const SecretInteger& unit) const;
  /// Declares public whether `unit` is a square mod p, and mod q.
  [[nodiscard]] std::pair<bool, bool> reveal_squares(const SecretInteger& unit) const;

  struct Factor {
    explicit Factor(SecretInteger prime_, const Integer& N);
    SecretInteger prime;
    SecretInteger minus_1;
    SecretInteger nth_root;     ///< 1/N mod (prime − 1)
    SecretInteger fourth_root;  ///< ((prime + 1)/4)² mod (prime − 1)
    OddModulus modulus;
  };
  [[nodiscard]] const Factor& p_factor() const { return p_; }
  [[nodiscard]] const Factor& q_factor() const { return q_; }
  /// The x in [0, N) with these residues.
  [[nodiscard]] SecretInteger combine(const SecretInteger& mod_p, const SecretInteger& mod_q) const;

 private:
  PrimePair(SecretInteger p, SecretInteger q, const Integer& N);

  Integer N_;
  Factor p_, q_;
  SecretInteger q_inverse_;  ///< 1/q mod p
};

}  // namespace jointca
