// crypto/integer.h — public integers of any size, by GMP.
//
// Everything here takes variable time: it is for what is on the wire or printed in a certificate.
// Secrets are SecretInteger (crypto/secret_integer.h), which this type cannot be made from by
// accident.
#pragma once

#include <compare>
#include <optional>

#include <gmp.h>

#include "base/bytes.h"
#include "base/codec.h"

namespace jointca {

/// A public signed integer.
class Integer {
 public:
  Integer();
  explicit Integer(std::uint64_t value);
  Integer(const Integer& other);
  Integer(Integer&& other) noexcept;
  Integer& operator=(const Integer& other);
  Integer& operator=(Integer&& other) noexcept;
  ~Integer() { mpz_clear(value_); }

  /// Big-endian, not negative.
  [[nodiscard]] static Integer from_bytes(BytesView magnitude);
  [[nodiscard]] static Integer power_of_two(unsigned exponent);
  /// |x|, big-endian, without leading zeros; empty for zero.
  [[nodiscard]] Bytes magnitude() const;
  /// |x| in exactly `size` bytes. The caller knows that it fits.
  [[nodiscard]] Bytes magnitude(std::size_t size) const;

  [[nodiscard]] bool is_zero() const { return mpz_sgn(value_) == 0; }
  [[nodiscard]] bool is_negative() const { return mpz_sgn(value_) < 0; }
  [[nodiscard]] bool is_odd() const { return mpz_odd_p(value_) != 0; }
  /// The number of bits of |x|; 0 for zero.
  [[nodiscard]] unsigned bits() const;
  /// Whether |x| ≤ 2^exponent.
  [[nodiscard]] bool within_power_of_two(unsigned exponent) const;
  /// Miller–Rabin and Lucas, error below 2^−64 also for chosen numbers.
  [[nodiscard]] bool is_probably_prime() const;
  /// Whether x = a^b for some b ≥ 2.
  [[nodiscard]] bool is_perfect_power() const;

  /// The residue in [0, m), for m > 0.
  [[nodiscard]] Integer mod(const Integer& m) const;
  /// 1/x mod m, if gcd(x, m) = 1.
  [[nodiscard]] std::optional<Integer> inverse(const Integer& m) const;
  /// Whether 0 < x < m and gcd(x, m) = 1.
  [[nodiscard]] bool is_unit(const Integer& m) const;

  friend Integer operator+(const Integer& a, const Integer& b);
  friend Integer operator-(const Integer& a, const Integer& b);
  friend Integer operator-(const Integer& a) { return Integer() - a; }
  friend Integer operator*(const Integer& a, const Integer& b);
  friend bool operator==(const Integer& a, const Integer& b) {
    return mpz_cmp(a.value_, b.value_) == 0;
  }
  friend std::strong_ordering operator<=>(const Integer& a, const Integer& b) {
    return mpz_cmp(a.value_, b.value_) <=> 0;
  }

  /// For the other files of crypto/.
  [[nodiscard]] mpz_srcptr gmp() const { return value_; }
  [[nodiscard]] mpz_ptr gmp() { return value_; }

 private:
  mpz_t value_;
};

[[nodiscard]] Integer gcd(const Integer& a, const Integer& b);
/// The Jacobi symbol (a | n) for odd n > 0: −1, 0 or 1.
[[nodiscard]] int jacobi(const Integer& a, const Integer& n);
/// base^exponent mod m, for m > 0. A negative exponent needs a unit: zero, which is none, if it is
/// given anything else.
[[nodiscard]] Integer pow_mod(const Integer& base, const Integer& exponent, const Integer& m);

/// What a field may hold, from the parameter set: known before the first byte is read.
struct IntegerLimit {
  unsigned bits = 0;       ///< of the magnitude
  bool is_signed = false;  ///< whether it may be negative
};

/// The one encoding, for wire and hash: u16 length of the rest; u8 sign, 0 for x ≥ 0 and 1 for
/// x < 0; |x| big-endian without leading zeros, empty for zero.
void encode(const Integer& value, Writer& out);
/// Refuses what is longer than `limit` before it reads it, and −0, leading zeros, other signs.
Parsed<Integer> read_integer(Reader& in, IntegerLimit limit);

}  // namespace jointca
