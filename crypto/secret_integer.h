// crypto/secret_integer.h — secret integers of fixed width, in constant time, by GMP's mpn_sec_*.
//
// Each value carries a public bound on its bits, which alone decides how much memory and time an
// operation takes. Memory is ours and is wiped; GMP gets it as scratch and allocates nothing for
// secrets. What GMP keeps on the stack for the length of a call is not wiped.
//
// GMP takes the lowest 7 and the highest 9 bits of a modulus as an index into a table
// (binvert_limb, invert_limb): for a secret modulus that is all that the cache may show, and far
// from what helps to factor. tests/unit/crypto/poisoned.cpp checks the rest under valgrind.
#pragma once

#include <memory>
#include <optional>

#include "base/move_only.h"
#include "base/secret.h"
#include "crypto/integer.h"

namespace jointca {

class Rng;

/// An array of limbs, least significant first, that wipes itself.
class SecretLimbs : MoveOnly {
 public:
  explicit SecretLimbs(std::size_t size) : limbs_(new mp_limb_t[size]()), size_(size) {}
  SecretLimbs(SecretLimbs&&) noexcept = default;
  SecretLimbs& operator=(SecretLimbs&& other) noexcept {
    std::swap(limbs_, other.limbs_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~SecretLimbs() {
    if (limbs_) sodium_memzero(limbs_.get(), size_ * sizeof(mp_limb_t));
  }
  [[nodiscard]] mp_limb_t* data() { return limbs_.get(); }
  [[nodiscard]] const mp_limb_t* data() const { return limbs_.get(); }
  [[nodiscard]] std::size_t size() const { return size_; }
  mp_limb_t& operator[](std::size_t i) { return limbs_[i]; }
  const mp_limb_t& operator[](std::size_t i) const { return limbs_[i]; }

 private:
  std::unique_ptr<mp_limb_t[]> limbs_;  // NOLINT: of a length that is known at run time
  std::size_t size_;
};

/// A secret signed integer. Arithmetic gives secrets; only reveal…() makes something public.
class SecretInteger : MoveOnly {
 public:
  /// Uniform in [−2^bits, 2^bits): the paper's ±2^bits but for one value.
  [[nodiscard]] static SecretInteger random_signed(unsigned bits, Rng& rng);
  /// Uniform in [0, 2^bits).
  [[nodiscard]] static SecretInteger random_bits(unsigned bits, Rng& rng);
  /// In [0, bound), at most 2^−128 from uniform.
  [[nodiscard]] static SecretInteger random_below(const Integer& bound, Rng& rng);
  [[nodiscard]] static SecretInteger random_below(const SecretInteger& bound, Rng& rng);
  /// A public value, where a secret one is expected. Its own length becomes the bound.
  [[nodiscard]] static SecretInteger from(const Integer& value);
  /// Big-endian, not negative. Wipe the source.
  [[nodiscard]] static SecretInteger from_bytes(BytesView magnitude);

  /// The public bound: |x| ≤ 2^bits.
  [[nodiscard]] unsigned bits() const { return bits_; }
  [[nodiscard]] SecretInteger duplicate() const;
  /// The same value under a smaller bound, which the caller knows to hold: |x| < 2^bits.
  [[nodiscard]] SecretInteger narrowed(unsigned bits) const;

  /// Declares this value public: a proof's response, a ciphertext.
  [[nodiscard]] Integer reveal() const;
  /// Declares public whether the value is zero.
  [[nodiscard]] bool reveal_is_zero() const;
  /// The value, which is not negative and fits, in all of `out`, big-endian.
  void write(std::span<std::uint8_t> out) const;

  /// The residue in [0, m). The highest limb of a secret modulus is not zero under its bound.
  [[nodiscard]] SecretInteger mod(const Integer& m) const;
  [[nodiscard]] SecretInteger mod(const SecretInteger& m) const;
  /// ⌊x/d⌋ of values that are not negative; of `d` as of a modulus.
  [[nodiscard]] SecretInteger quotient(const SecretInteger& d) const;

  friend SecretInteger operator+(const SecretInteger& a, const SecretInteger& b);
  friend SecretInteger operator-(const SecretInteger& a, const SecretInteger& b);
  friend SecretInteger operator*(const SecretInteger& a, const SecretInteger& b);
  bool operator==(const SecretInteger&) const = delete;
  /// choice = 1 gives `a`, 0 gives `b`. Both have the same bound.
  friend SecretInteger select(mp_limb_t choice, const SecretInteger& a, const SecretInteger& b);
  /// 1 if the value is negative, else 0; secret.
  [[nodiscard]] mp_limb_t negative() const;

  /// For the other files of crypto/: two's complement in bits/64 limbs, rounded up over the sign.
  [[nodiscard]] const SecretLimbs& limbs() const { return limbs_; }
  [[nodiscard]] SecretLimbs& limbs() { return limbs_; }

 private:
  friend class OddModulus;
  explicit SecretInteger(unsigned bits) : bits_(bits), limbs_((bits + 1) / 64 + 1) {}
  /// |x|, in as many limbs.
  [[nodiscard]] SecretLimbs absolute() const;
  [[nodiscard]] SecretInteger mod(const mp_limb_t* m, std::size_t size, unsigned m_bits) const;

  unsigned bits_;
  SecretLimbs limbs_;
};

/// Arithmetic modulo an odd m > 1, which may itself be secret. Residues are in [0, m).
class OddModulus : MoveOnly {
 public:
  explicit OddModulus(const Integer& m);
  explicit OddModulus(const SecretInteger& m);

  [[nodiscard]] unsigned bits() const { return bits_; }
  [[nodiscard]] SecretInteger reduce(const SecretInteger& x) const;
  [[nodiscard]] SecretInteger mul(const SecretInteger& a, const SecretInteger& b) const;
  /// base^exponent for a residue and an exponent that is not negative.
  [[nodiscard]] SecretInteger pow(const SecretInteger& base, const SecretInteger& exponent) const;
  /// The same for a public unit of a public modulus; the exponent may be negative.
  [[nodiscard]] SecretInteger pow(const Integer& base, const SecretInteger& exponent) const;

 private:
  [[nodiscard]] SecretInteger pow(const SecretInteger& base, const mp_limb_t* exponent,
                                  unsigned exponent_bits) const;

  unsigned bits_;
  SecretLimbs m_;
  std::optional<Integer> public_;
};

}  // namespace jointca
