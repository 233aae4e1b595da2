// crypto/paillier.h — Paillier's encryption (1999) with g = 1 + N: enc(x; ρ) = (1 + N)^x ρ^N mod
// N².
//
// Additively homomorphic: ⊕ multiplies ciphertexts, ⊙ raises one to a plaintext. Functions of
// public values take variable time; those that see a SecretInteger take constant time.
#pragma once

#include "crypto/prime_pair.h"

namespace jointca {

class PaillierPublicKey {
 public:
  /// Nothing unless N is odd and has exactly `bits` bits. That it is a product of two large primes
  /// only its owner's proofs show (threshold/cggmp24/proofs/mod.h, fac.h).
  static std::optional<PaillierPublicKey> from(const Integer& N, unsigned bits);

  [[nodiscard]] const Integer& modulus() const { return N_; }
  [[nodiscard]] const Integer& modulus_squared() const { return N2_; }
  /// Whether c ∈ Z*_{N²}.
  [[nodiscard]] bool is_ciphertext(const Integer& c) const;
  /// Whether ρ ∈ Z*_N.
  [[nodiscard]] bool is_nonce(const Integer& rho) const { return rho.is_unit(N_); }

  /// Of public values: what a verifier recomputes.
  [[nodiscard]] Integer encrypt(const Integer& x, const Integer& rho) const;
  [[nodiscard]] Integer add(const Integer& c, const Integer& d) const { return (c * d).mod(N2_); }
  [[nodiscard]] Integer sub(const Integer& c, const Integer& d) const;
  /// k ⊙ c. A negative k needs a ciphertext of Z*_{N²}.
  [[nodiscard]] Integer mul(const Integer& c, const Integer& k) const;

  [[nodiscard]] SecretInteger random_nonce(Rng& rng) const;
  [[nodiscard]] SecretInteger encrypt(const SecretInteger& x, const SecretInteger& rho) const;
  /// x ⊙ c. The caller has checked that c ∈ Z*_{N²}.
  [[nodiscard]] SecretInteger mul(const Integer& c, const SecretInteger& x) const;
  [[nodiscard]] SecretInteger add(const SecretInteger& c, const SecretInteger& d) const;
  /// r·ρ^e mod N for a challenge e ≥ 0: how a proof opens its nonces.
  [[nodiscard]] SecretInteger fold_nonces(const SecretInteger& r, const SecretInteger& rho,
                                          const Integer& e) const;
  bool operator==(const PaillierPublicKey& other) const { return N_ == other.N_; }

 private:
  explicit PaillierPublicKey(const Integer& N) : N_(N), N2_(N * N) {}
  friend class PaillierSecretKey;
  /// (1 + N)^x mod N².
  [[nodiscard]] SecretInteger message_part(const SecretInteger& x) const;

  Integer N_;
  Integer N2_;
};

class PaillierSecretKey : MoveOnly {
 public:
  explicit PaillierSecretKey(PrimePair primes);

  [[nodiscard]] const PaillierPublicKey& public_key() const { return public_; }
  [[nodiscard]] const PrimePair& primes() const { return primes_; }

  /// The same as under the public key, in a quarter of the time.
  [[nodiscard]] SecretInteger encrypt(const SecretInteger& x, const SecretInteger& rho) const;
  /// x ∈ (−N/2, N/2) of a ciphertext of Z*_{N²}.
  [[nodiscard]] SecretInteger decrypt(const Integer& c) const;
  /// The ρ of a ciphertext of Z*_{N²}.
  [[nodiscard]] SecretInteger nonce_of(const Integer& c) const;

 private:
  /// What one prime contributes.
  struct Part {
    explicit Part(const PrimePair::Factor& factor);
    OddModulus squared;  ///< prime²
  };
  [[nodiscard]] SecretInteger residue(const PrimePair::Factor& factor, const Part& part,
                                      const SecretInteger& other, const SecretInteger& rho) const;
  [[nodiscard]] SecretInteger decrypted(const PrimePair::Factor& factor, const Part& part,
                                        const SecretInteger& other, const Integer& c) const;

  PrimePair primes_;
  PaillierPublicKey public_;
  Part p_, q_;
  SecretInteger q_squared_;
  SecretInteger q_squared_inverse_;  ///< 1/q² mod p²
};

}  // namespace jointca
