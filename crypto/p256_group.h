// crypto/p256_group.h — scalars and points of P-256 for protocols (SP 800-186 §3.2.1.3).
//
// Public values (Scalar, Point) may take variable time. OpenSSL multiplies by a secret in constant
// time, but neither reads a number nor adds two points so; therefore every scalar that it sees here
// is blinded: the sum is split into multiples that are each uniform and used once.
#pragma once

#include "base/error.h"
#include "crypto/hash.h"
#include "crypto/p256.h"
#include "crypto/secret_integer.h"

namespace jointca::p256 {

/// q, the order of the group.
[[nodiscard]] const Integer& order();

/// A public integer mod q.
class Scalar {
 public:
  /// Zero.
  Scalar() = default;
  explicit Scalar(std::uint64_t value) : value_(value) {}
  /// 32 bytes, big-endian, below q; zero is allowed (G5).
  static Parsed<Scalar> parse(BytesView bytes);
  /// Any integer, mod q.
  [[nodiscard]] static Scalar reduce(const Integer& value) { return Scalar(value.mod(order())); }
  /// A 512-bit big-endian integer mod q: how hashes become challenges.
  [[nodiscard]] static Scalar reduce(const Digest64& wide) {
    return reduce(Integer::from_bytes(wide));
  }

  [[nodiscard]] Digest bytes() const { return *to_array<32>(value_.magnitude(32)); }
  /// In [0, q).
  [[nodiscard]] const Integer& integer() const { return value_; }
  [[nodiscard]] bool is_zero() const { return value_.is_zero(); }
  /// 1/x. The caller has excluded zero.
  [[nodiscard]] Scalar inverse() const;

  friend Scalar operator+(const Scalar& a, const Scalar& b) { return reduce(a.value_ + b.value_); }
  friend Scalar operator-(const Scalar& a, const Scalar& b) { return reduce(a.value_ - b.value_); }
  friend Scalar operator*(const Scalar& a, const Scalar& b) { return reduce(a.value_ * b.value_); }
  bool operator==(const Scalar&) const = default;

 private:
  friend class SecretScalar;
  explicit Scalar(Integer value) : value_(std::move(value)) {}
  Integer value_;
};

/// A secret integer mod q. Arithmetic gives secrets.
class SecretScalar : MoveOnly {
 public:
  [[nodiscard]] static SecretScalar random(Rng& rng);
  /// Any secret integer, mod q.
  [[nodiscard]] static SecretScalar reduce(const SecretInteger& value);
  [[nodiscard]] static SecretScalar from(const Scalar& value);
  /// 32 bytes, big-endian, below q; tells nothing else of them. Wipe the source.
  static Parsed<SecretScalar> parse(BytesView bytes);

  [[nodiscard]] SecretScalar duplicate() const { return SecretScalar(value_.duplicate()); }
  /// Declares this value public.
  [[nodiscard]] Scalar reveal() const { return Scalar(value_.reveal()); }
  /// 32 bytes, big-endian.
  [[nodiscard]] Secret<32> bytes() const;
  /// In [0, q), as the integer that is encrypted.
  [[nodiscard]] const SecretInteger& integer() const { return value_; }

  friend SecretScalar operator+(const SecretScalar& a, const SecretScalar& b) {
    return reduce(a.value_ + b.value_);
  }
  friend SecretScalar operator-(const SecretScalar& a, const SecretScalar& b) {
    return reduce(a.value_ - b.value_);
  }
  friend SecretScalar operator*(const SecretScalar& a, const SecretScalar& b) {
    return reduce(a.value_ * b.value_);
  }
  friend SecretScalar operator*(const SecretScalar& a, const Scalar& b) { return a * from(b); }

 private:
  explicit SecretScalar(SecretInteger value) : value_(std::move(value)) {}
  SecretInteger value_;
};

/// A public point. Valid by construction; infinity only where it is the result of a sum.
class Point {
 public:
  using Encoding = std::array<std::uint8_t, 33>;

  /// Infinity.
  Point() = default;
  /// SEC 1 §2.3.3 compressed, 33 bytes. Refuses every other form, infinity, x ≥ p and x of no
  /// point.
  static Parsed<Point> parse(BytesView bytes);
  explicit Point(const P256PublicKey& key) : bytes_(key.bytes()) {}
  [[nodiscard]] static const Point& base();

  /// Compressed; all zeros for infinity, which parse() refuses.
  [[nodiscard]] Encoding bytes() const;
  /// Nothing for infinity.
  [[nodiscard]] std::optional<P256PublicKey> public_key() const;
  [[nodiscard]] bool is_infinity() const { return bytes_.front() == 0; }
  /// The x-coordinate mod q, ECDSA's r. The caller has excluded infinity.
  [[nodiscard]] Scalar x() const;

  friend Point operator+(const Point& a, const Point& b);
  friend Point operator-(const Point& a, const Point& b);
  bool operator==(const Point&) const = default;

  /// For crypto/p256_group.cpp: 0x04 || X || Y, or zeros.
  [[nodiscard]] const P256PublicKey::Encoding& uncompressed() const { return bytes_; }
  [[nodiscard]] static Point from_uncompressed(const P256PublicKey::Encoding& bytes);

 private:
  P256PublicKey::Encoding bytes_{};
};

/// k·G of a secret. `rng` blinds.
[[nodiscard]] Point base_mul(const SecretScalar& k, Rng& rng);
/// a·Y of a secret.
[[nodiscard]] Point mul(const SecretScalar& a, const Point& Y, Rng& rng);
/// a·Y + k·G of two secrets.
[[nodiscard]] Point mul_add(const SecretScalar& a, const Point& Y, const SecretScalar& k, Rng& rng);

/// The same for public scalars.
[[nodiscard]] Point base_mul_vartime(const Scalar& k);
[[nodiscard]] Point mul_vartime(const Scalar& a, const Point& Y);
[[nodiscard]] Point mul_add_vartime(const Scalar& a, const Point& Y, const Scalar& k);

}  // namespace jointca::p256
