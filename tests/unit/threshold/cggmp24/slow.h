// tests/unit/threshold/cggmp24/slow.h — the equations of the paper once more, by GMP's plain
// integers and an affine P-256 of a page: shares nothing with the code that it checks.
#pragma once

#include <optional>

#include <gmpxx.h>

#include "crypto/p256_group.h"

namespace jointca::test::slow {

using Z = mpz_class;

inline Z z(const Integer& value) { return Z(value.gmp()); }
inline Z z(const p256::Scalar& value) { return z(value.integer()); }
inline Z mod(const Z& x, const Z& m) {
  Z out;
  mpz_mod(out.get_mpz_t(), x.get_mpz_t(), m.get_mpz_t());
  return out;
}
inline Z inverse(const Z& x, const Z& m) {
  Z out;
  if (mpz_invert(out.get_mpz_t(), x.get_mpz_t(), m.get_mpz_t()) == 0) return 0;
  return out;
}
inline Z power(const Z& base, const Z& exponent, const Z& m) {
  Z out;
  if (exponent < 0) return power(inverse(base, m), -exponent, m);
  mpz_powm(out.get_mpz_t(), base.get_mpz_t(), exponent.get_mpz_t(), m.get_mpz_t());
  return out;
}
inline Integer integer(const Z& value) {
  Integer out;
  mpz_set(out.gmp(), value.get_mpz_t());
  return out;
}
/// (1 + N)^x ρ^N mod N².
inline Z encrypt(const Z& N, const Z& x, const Z& rho) {
  return mod(power(1 + N, x, N * N) * power(rho, N, N * N), N * N);
}

inline const Z field("0xffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
inline const Z order("0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");

/// y² = x³ − 3x + b, or infinity.
struct P {
  bool infinity = true;
  Z x, y;
  bool operator==(const P& other) const {
    return infinity == other.infinity && (infinity || (x == other.x && y == other.y));
  }
};

inline P p(const p256::Point& point) {
  if (point.is_infinity()) return {};
  const Z x = z(Integer::from_bytes(BytesView(point.uncompressed()).subspan(1, 32)));
  const Z y = z(Integer::from_bytes(BytesView(point.uncompressed()).subspan(33, 32)));
  return {false, x, y};
}
inline P operator+(const P& a, const P& b) {
  if (a.infinity) return b;
  if (b.infinity) return a;
  if (a.x == b.x && mod(a.y + b.y, field) == 0) return {};
  const Z numerator = a.x == b.x ? Z(3 * a.x * a.x - 3) : Z(b.y - a.y);
  const Z denominator = a.x == b.x ? Z(2 * a.y) : Z(b.x - a.x);
  const Z slope = mod(numerator * inverse(mod(denominator, field), field), field);
  const Z x = mod(slope * slope - a.x - b.x, field);
  return {false, x, mod(slope * (a.x - x) - a.y, field)};
}
inline P operator*(const Z& scalar, const P& point) {
  const Z k = mod(scalar, order);
  P out;
  for (std::size_t bit = mpz_sizeinbase(k.get_mpz_t(), 2); bit-- > 0;) {
    out = out + out;
    if (mpz_tstbit(k.get_mpz_t(), bit) != 0) out = out + point;
  }
  return out;
}
inline const P G{false, Z("0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"),
                 Z("0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5")};

}  // namespace jointca::test::slow
