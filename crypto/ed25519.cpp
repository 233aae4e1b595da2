#include "crypto/ed25519.h"

#include <sodium.h>

#include "crypto/rng.h"

namespace jointca {
namespace {

/// Constant time: whether 32 little-endian bytes are an integer below q.
bool is_canonical(BytesView bytes) {
  return sodium_compare(bytes.data(), edwards::group_order.data(), 32) < 0;
}

}  // namespace

Scalar::Scalar(std::uint64_t value) {
  for (std::size_t i = 0; i < 8; ++i) bytes_[i] = static_cast<std::uint8_t>(value >> (8 * i));
}

Parsed<Scalar> Scalar::parse(BytesView bytes) {
  if (bytes.size() != 32) return malformed("", "a scalar has 32 bytes");
  if (!is_canonical(bytes)) return malformed("", "scalar not below the group order");
  Scalar out;
  std::copy(bytes.begin(), bytes.end(), out.bytes_.begin());
  return out;
}

Scalar Scalar::reduce(const Digest64& wide) {
  Scalar out;
  crypto_core_ed25519_scalar_reduce(out.bytes_.data(), wide.data());
  return out;
}

Scalar Scalar::inverse() const {
  Scalar out;
  JCA_ASSERT(crypto_core_ed25519_scalar_invert(out.bytes_.data(), bytes_.data()) == 0);
  return out;
}

Scalar operator+(const Scalar& a, const Scalar& b) {
  Scalar out;
  crypto_core_ed25519_scalar_add(out.bytes_.data(), a.bytes_.data(), b.bytes_.data());
  return out;
}

Scalar operator-(const Scalar& a, const Scalar& b) {
  Scalar out;
  crypto_core_ed25519_scalar_sub(out.bytes_.data(), a.bytes_.data(), b.bytes_.data());
  return out;
}

Scalar operator*(const Scalar& a, const Scalar& b) {
  Scalar out;
  crypto_core_ed25519_scalar_mul(out.bytes_.data(), a.bytes_.data(), b.bytes_.data());
  return out;
}

SecretScalar SecretScalar::random(Rng& rng) { return reduce(rng.secret<64>()); }

SecretScalar SecretScalar::reduce(const Secret<64>& wide) {
  return SecretScalar(Secret<32>::make([&](std::span<std::uint8_t, 32> out) {
    crypto_core_ed25519_scalar_reduce(out.data(), wide.expose().data());
  }));
}

SecretScalar SecretScalar::hash(std::initializer_list<BytesView> parts) {
  return reduce(Secret<64>::make([&](std::span<std::uint8_t, 64> out) {
    crypto_hash_sha512_state state;
    crypto_hash_sha512_init(&state);
    for (const BytesView part : parts) crypto_hash_sha512_update(&state, part.data(), part.size());
    crypto_hash_sha512_final(&state, out.data());
    sodium_memzero(&state, sizeof state);
  }));
}

Parsed<SecretScalar> SecretScalar::parse(BytesView bytes) {
  if (bytes.size() != 32) return malformed("", "a scalar has 32 bytes");
  if (!is_canonical(bytes)) return malformed("", "scalar not below the group order");
  return SecretScalar(Secret<32>::make([&](std::span<std::uint8_t, 32> out) {
    std::copy(bytes.begin(), bytes.end(), out.begin());
  }));
}

SecretScalar SecretScalar::from(const Scalar& value) {
  return SecretScalar(Secret<32>::make([&](std::span<std::uint8_t, 32> out) {
    std::copy(value.bytes().begin(), value.bytes().end(), out.begin());
  }));
}

Scalar SecretScalar::reveal() && {
  const Secret<32> spent = std::move(bytes_);
  Scalar out;
  std::copy(spent.expose().begin(), spent.expose().end(), out.bytes_.begin());
  return out;
}

SecretScalar operator+(const SecretScalar& a, const SecretScalar& b) {
  return SecretScalar(Secret<32>::make([&](std::span<std::uint8_t, 32> out) {
    crypto_core_ed25519_scalar_add(out.data(), a.bytes_.expose().data(), b.bytes_.expose().data());
  }));
}

SecretScalar operator+(const SecretScalar& a, const Scalar& b) {
  return SecretScalar(Secret<32>::make([&](std::span<std::uint8_t, 32> out) {
    crypto_core_ed25519_scalar_add(out.data(), a.bytes_.expose().data(), b.bytes().data());
  }));
}

SecretScalar operator*(const SecretScalar& a, const SecretScalar& b) {
  return SecretScalar(Secret<32>::make([&](std::span<std::uint8_t, 32> out) {
    crypto_core_ed25519_scalar_mul(out.data(), a.bytes_.expose().data(), b.bytes_.expose().data());
  }));
}

SecretScalar operator*(const SecretScalar& a, const Scalar& b) {
  return SecretScalar(Secret<32>::make([&](std::span<std::uint8_t, 32> out) {
    crypto_core_ed25519_scalar_mul(out.data(), a.bytes_.expose().data(), b.bytes().data());
  }));
}

Point::Point() : bytes_{1} {}

Point::Point(const edwards::Extended& sum) : bytes_(), coordinates_(edwards::normalised(sum)) {
  bytes_ = edwards::compress(coordinates_);
}

Parsed<Point> Point::parse(BytesView bytes, Identity identity) {
  const auto encoding = to_array<32>(bytes);
  if (!encoding) return malformed("", "a point has 32 bytes");
  const auto coordinates = edwards::decompress(*encoding);
  if (!coordinates) return malformed("", "not the canonical encoding of a point");
  if (edwards::is_identity(*coordinates)) {
    if (identity == Identity::refused) return malformed("", "the identity is not allowed here");
  } else if (!edwards::has_prime_order(*coordinates)) {
    return malformed("", "point not of the prime-order group");
  }
  Point point;
  point.bytes_ = *encoding;
  point.coordinates_ = *coordinates;
  return point;
}

const Point& Point::base() {
  static const Point point = base_mul_vartime(Scalar(1));
  return point;
}

bool Point::is_identity() const { return bytes_ == Digest{1}; }

Point operator+(const Point& a, const Point& b) {
  return Point(edwards::add(a.coordinates_, b.coordinates_));
}

Point operator-(const Point& a, const Point& b) {
  return Point(edwards::add(a.coordinates_, edwards::negate(b.coordinates_)));
}

Point base_mul(const SecretScalar& scalar) {
  Point point;
  // Refuses zero, whose product is the identity that `point` already is.
  if (crypto_scalarmult_ed25519_base_noclamp(point.bytes_.data(), scalar.bytes().expose().data()) !=
      0)
    return Point();
  const auto coordinates = edwards::decompress(point.bytes_);
  JCA_ASSERT(coordinates);
  point.coordinates_ = *coordinates;
  return point;
}

Point multiexp_vartime(const Scalar& base_scalar, std::span<const Scalar> scalars,
                       std::span<const Point> points) {
  JCA_ASSERT(scalars.size() == points.size());
  std::vector<edwards::Term> terms;
  terms.reserve(points.size());
  for (std::size_t i = 0; i < points.size(); ++i)
    terms.push_back({scalars[i].bytes(), &points[i].coordinates_});
  return Point(edwards::multiexp(base_scalar.bytes(), terms));
}

Point multiexp_vartime(std::span<const Scalar> scalars, std::span<const Point> points) {
  return multiexp_vartime(Scalar(), scalars, points);
}

Point base_mul_vartime(const Scalar& scalar) { return multiexp_vartime(scalar, {}, {}); }

Point mul_vartime(const Scalar& scalar, const Point& point) {
  return multiexp_vartime({&scalar, 1}, {&point, 1});
}

Point horner_vartime(std::span<const Point> coefficients, std::uint64_t x) {
  std::vector<const edwards::Extended*> terms;
  terms.reserve(coefficients.size());
  for (const Point& point : coefficients) terms.push_back(&point.coordinates_);
  return Point(edwards::horner(terms, x));
}

}  // namespace jointca
