// crypto/p256_group.cpp — scalars and points of P-256, by OpenSSL and crypto/secret_integer.h.
#include "crypto/p256_group.h"

#include <memory>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include "crypto/ct.h"
#include "crypto/free_with.h"
#include "crypto/rng.h"

namespace jointca::p256 {
namespace {

using Group = std::unique_ptr<EC_GROUP, FreeWith<EC_GROUP_free>>;
using Native = std::unique_ptr<EC_POINT, FreeWith<EC_POINT_clear_free>>;
using Number = std::unique_ptr<BIGNUM, FreeWith<BN_clear_free>>;

const EC_GROUP* group() {
  static const Group instance(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  JCA_ASSERT(instance);
  return instance.get();
}

Native native() {
  Native point(EC_POINT_new(group()));
  JCA_ASSERT(point);
  return point;
}

Native to_native(const Point& point) {
  Native out = native();
  if (point.is_infinity()) {
    JCA_ASSERT(EC_POINT_set_to_infinity(group(), out.get()) == 1);
  } else {
    JCA_ASSERT(EC_POINT_oct2point(group(), out.get(), point.uncompressed().data(),
                                  point.uncompressed().size(), nullptr) == 1);
  }
  return out;
}

Point from_native(const Native& point) {
  P256PublicKey::Encoding bytes{};
  if (EC_POINT_is_at_infinity(group(), point.get()) == 0)
    JCA_ASSERT(EC_POINT_point2oct(group(), point.get(), POINT_CONVERSION_UNCOMPRESSED, bytes.data(),
                                  bytes.size(), nullptr) == bytes.size());
  return Point::from_uncompressed(bytes);
}

Native sum(const Native& a, const Native& b) {
  Native out = native();
  JCA_ASSERT(EC_POINT_add(group(), out.get(), a.get(), b.get(), nullptr) == 1);
  return out;
}

Number number(BytesView big_endian) {
  Number out(BN_secure_new());
  JCA_ASSERT(out && BN_bin2bn(big_endian.data(), static_cast<int>(big_endian.size()), out.get()));
  BN_set_flags(out.get(), BN_FLG_CONSTTIME);
  return out;
}

/// a·Y + k·G. Either scalar may be absent with its point.
Native weighted(const BIGNUM* k, const EC_POINT* Y, const BIGNUM* a) {
  Native out = native();
  JCA_ASSERT(EC_POINT_mul(group(), out.get(), k, Y, a, nullptr) == 1);
  return out;
}

/// For OpenSSL, which skips leading zeros and so shows their number: uniform, and used once.
Number blinded(const SecretScalar& scalar) {
  auto bytes = Secret<32>::make([&scalar](std::span<std::uint8_t, 32> out) {
    scalar.integer().write(out);
    ct::declassify(std::span<std::uint8_t>(out));
  });
  return number(bytes.expose());
}

}  // namespace

const Integer& order() {
  static const Integer q = Integer::from_bytes(
      *from_hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"));
  return q;
}

Parsed<Scalar> Scalar::parse(BytesView bytes) {
  if (bytes.size() != 32) return malformed("scalar", "not 32 bytes");
  Integer value = Integer::from_bytes(bytes);
  if (value >= order()) return malformed("scalar", "not below the order");
  return Scalar(std::move(value));
}

Scalar Scalar::inverse() const {
  auto inverse = value_.inverse(order());
  JCA_ASSERT(inverse.has_value());
  return Scalar(std::move(*inverse));
}

SecretScalar SecretScalar::random(Rng& rng) {
  return SecretScalar(SecretInteger::random_below(order(), rng));
}

SecretScalar SecretScalar::reduce(const SecretInteger& value) {
  return SecretScalar(value.mod(order()));
}

SecretScalar SecretScalar::from(const Scalar& value) {
  return SecretScalar(SecretInteger::from(value.integer()).narrowed(order().bits()));
}

Parsed<SecretScalar> SecretScalar::parse(BytesView bytes) {
  if (bytes.size() != 32) return malformed("scalar", "not 32 bytes");
  SecretInteger value = SecretInteger::from_bytes(bytes);
  mp_limb_t below = (value - SecretInteger::from(order())).negative();
  ct::declassify(std::span(&below, 1));
  if (below != 1) return malformed("scalar", "not below the order");
  return SecretScalar(std::move(value));
}

Secret<32> SecretScalar::bytes() const {
  return Secret<32>::make([this](std::span<std::uint8_t, 32> out) { value_.write(out); });
}

Parsed<Point> Point::parse(BytesView bytes) {
  if (bytes.size() != 33 || (bytes[0] != 2 && bytes[0] != 3))
    return malformed("point", "not a compressed point of P-256");
  const Native point = native();
  if (EC_POINT_oct2point(group(), point.get(), bytes.data(), bytes.size(), nullptr) != 1)
    return malformed("point", "not a point of P-256");
  return from_native(point);
}

const Point& Point::base() {
  static const Point G = base_mul_vartime(Scalar(1));
  return G;
}

Point::Encoding Point::bytes() const {
  Encoding out{};
  if (is_infinity()) return out;
  out[0] = static_cast<std::uint8_t>(2 + (bytes_.back() & 1));
  std::copy_n(bytes_.begin() + 1, 32, out.begin() + 1);
  return out;
}

std::optional<P256PublicKey> Point::public_key() const { return P256PublicKey::parse(bytes_); }

Scalar Point::x() const {
  JCA_ASSERT(!is_infinity());
  return Scalar::reduce(Integer::from_bytes(BytesView(bytes_).subspan(1, 32)));
}

Point Point::from_uncompressed(const P256PublicKey::Encoding& bytes) {
  Point out;
  out.bytes_ = bytes;
  return out;
}

Point operator+(const Point& a, const Point& b) {
  return from_native(sum(to_native(a), to_native(b)));
}

Point operator-(const Point& a, const Point& b) {
  const Native negated = to_native(b);
  JCA_ASSERT(EC_POINT_invert(group(), negated.get(), nullptr) == 1);
  return from_native(sum(to_native(a), negated));
}

Point base_mul(const SecretScalar& k, Rng& rng) {
  const SecretScalar c = SecretScalar::random(rng);
  return from_native(sum(weighted(blinded(c).get(), nullptr, nullptr),
                         weighted(blinded(k - c).get(), nullptr, nullptr)));
}

Point mul(const SecretScalar& a, const Point& Y, Rng& rng) {
  return mul_add(a, Y, SecretScalar::from(Scalar()), rng);
}

// (bY + cG) + ((a − b)Y + (k − c)G) with random b and c: the four scalars and both points in the
// brackets are uniform, so that no addition meets a special case but by chance.
Point mul_add(const SecretScalar& a, const Point& Y, const SecretScalar& k, Rng& rng) {
  const SecretScalar b = SecretScalar::random(rng);
  const SecretScalar c = SecretScalar::random(rng);
  const Native base = to_native(Y);
  return from_native(sum(weighted(blinded(c).get(), base.get(), blinded(b).get()),
                         weighted(blinded(k - c).get(), base.get(), blinded(a - b).get())));
}

Point base_mul_vartime(const Scalar& k) {
  return from_native(weighted(number(k.bytes()).get(), nullptr, nullptr));
}

Point mul_vartime(const Scalar& a, const Point& Y) {
  return from_native(weighted(nullptr, to_native(Y).get(), number(a.bytes()).get()));
}

Point mul_add_vartime(const Scalar& a, const Point& Y, const Scalar& k) {
  return from_native(
      weighted(number(k.bytes()).get(), to_native(Y).get(), number(a.bytes()).get()));
}

}  // namespace jointca::p256
