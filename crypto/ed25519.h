// crypto/ed25519.h — scalars and points of the prime-order group of edwards25519 (RFC 9591 §6.1).
//
// Public values (Scalar, Point) may take variable time. Secret ones (SecretScalar) go through
// libsodium's constant-time functions only, and become public only by a function that says so.
#pragma once

#include <initializer_list>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/move_only.h"
#include "base/secret.h"
#include "crypto/edwards_vartime.h"
#include "crypto/hash.h"
#include "crypto/signing_key.h"

namespace jointca {

class Rng;

/// A public integer mod q = 2^252 + 27742317777372353535851937790883648493.
class Scalar {
 public:
  /// Zero.
  Scalar() = default;
  explicit Scalar(std::uint64_t value);
  /// 32 bytes, little-endian, below q; zero is allowed. Anything else is refused (G5).
  static Parsed<Scalar> parse(BytesView bytes);
  /// A 512-bit little-endian integer mod q, as RFC 9591 §6.1 turns hashes into scalars.
  [[nodiscard]] static Scalar reduce(const Digest64& wide);

  [[nodiscard]] const Digest& bytes() const { return bytes_; }
  [[nodiscard]] bool is_zero() const { return bytes_ == Digest{}; }
  /// 1/x. The caller has excluded zero.
  [[nodiscard]] Scalar inverse() const;

  friend Scalar operator+(const Scalar& a, const Scalar& b);
  friend Scalar operator-(const Scalar& a, const Scalar& b);
  friend Scalar operator*(const Scalar& a, const Scalar& b);
  auto operator<=>(const Scalar&) const = default;

 private:
  friend class SecretScalar;
  Digest bytes_{};
};

/// A secret integer mod q. Arithmetic gives secrets; base_mul() and reveal() make things public.
class SecretScalar : MoveOnly {
 public:
  /// Uniform, from 64 bytes of `rng`.
  [[nodiscard]] static SecretScalar random(Rng& rng);
  /// A secret 512-bit little-endian integer mod q.
  [[nodiscard]] static SecretScalar reduce(const Secret<64>& wide);
  /// SHA-512 of the concatenated parts, mod q.
  [[nodiscard]] static SecretScalar hash(std::initializer_list<BytesView> parts);
  /// 32 bytes, little-endian, below q. Wipe the source: take it from a Secret or SecretBytes.
  static Parsed<SecretScalar> parse(BytesView bytes);
  /// A public value, where a secret one is expected.
  [[nodiscard]] static SecretScalar from(const Scalar& value);

  [[nodiscard]] SecretScalar duplicate() const { return SecretScalar(bytes_.duplicate()); }
  /// Declares this value public: a signature share, a proof's response.
  [[nodiscard]] Scalar reveal() &&;
  /// Canonical little-endian bytes, for sealing and for hashing into nonces.
  [[nodiscard]] const Secret<32>& bytes() const { return bytes_; }
  [[nodiscard]] bool equals_ct(const SecretScalar& other) const {
    return bytes_.equals_ct(other.bytes_);
  }

  friend SecretScalar operator+(const SecretScalar& a, const SecretScalar& b);
  friend SecretScalar operator+(const SecretScalar& a, const Scalar& b);
  friend SecretScalar operator*(const SecretScalar& a, const SecretScalar& b);
  friend SecretScalar operator*(const SecretScalar& a, const Scalar& b);

 private:
  explicit SecretScalar(Secret<32> bytes) : bytes_(std::move(bytes)) {}

  Secret<32> bytes_;
};

/// A public point of the prime-order subgroup. Valid by construction; the identity is possible
/// only where it is allowed by name or is the result of a sum.
class Point {
 public:
  enum class Identity { refused, allowed };

  /// The identity.
  Point();
  /// 32 bytes of RFC 8032 §5.1.2: canonical, and of prime order (G1, G2, G3).
  static Parsed<Point> parse(BytesView bytes, Identity identity = Identity::refused);
  [[nodiscard]] static const Point& base();

  [[nodiscard]] const Digest& bytes() const { return bytes_; }
  [[nodiscard]] PublicKey public_key() const { return PublicKey{bytes_}; }
  [[nodiscard]] bool is_identity() const;

  friend Point operator+(const Point& a, const Point& b);
  friend Point operator-(const Point& a, const Point& b);
  friend bool operator==(const Point& a, const Point& b) { return a.bytes_ == b.bytes_; }

  /// Σ scalarᵢ·pointᵢ. The spans have equal length.
  friend Point multiexp_vartime(std::span<const Scalar> scalars, std::span<const Point> points);
  /// base_scalar·B + Σ scalarᵢ·pointᵢ.
  friend Point multiexp_vartime(const Scalar& base_scalar, std::span<const Scalar> scalars,
                                std::span<const Point> points);
  friend Point base_mul(const SecretScalar& scalar);
  friend Point horner_vartime(std::span<const Point> coefficients, std::uint64_t x);

 private:
  explicit Point(const edwards::Extended& sum);

  Digest bytes_{};
  edwards::Extended coordinates_;  ///< Z = 1
};

/// scalar·B in constant time. Makes the result public; the scalar stays secret.
[[nodiscard]] Point base_mul(const SecretScalar& scalar);

/// The same for public scalars.
[[nodiscard]] Point base_mul_vartime(const Scalar& scalar);
[[nodiscard]] Point mul_vartime(const Scalar& scalar, const Point& point);
[[nodiscard]] Point multiexp_vartime(std::span<const Scalar> scalars,
                                     std::span<const Point> points);
[[nodiscard]] Point multiexp_vartime(const Scalar& base_scalar, std::span<const Scalar> scalars,
                                     std::span<const Point> points);

/// Σ x^k·coefficient[k]: cheap for a small x.
[[nodiscard]] Point horner_vartime(std::span<const Point> coefficients, std::uint64_t x);

}  // namespace jointca
