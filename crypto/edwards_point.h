// crypto/edwards_point.h — the sums of points behind crypto/edwards_vartime.h.
#pragma once

#include "crypto/edwards_field.h"

namespace jointca::edwards {

inline constexpr Field zero{};
inline constexpr Field one{{1}};
/// 2·d, with d = −121665/121666 (RFC 8032 §5.1).
inline constexpr Field two_d{
    {0x69b9426b2f159, 0x35050762add7a, 0x3cf44c0038052, 0x6738cc7407977, 0x2406d9dc56dff}};

/// A point prepared to be added many times.
struct Cached {
  Field y_plus_x;
  Field y_minus_x;
  Field two_z;
  Field two_d_t;
};

/// The factors of a result: X = E·F, Y = G·H, Z = F·G, T = E·H. T is computed only where used.
struct Factors {
  Field E, F, G, H;

  [[nodiscard]] Extended extended() const { return {E * F, G * H, F * G, E * H}; }
  [[nodiscard]] Extended without_t() const { return {E * F, G * H, F * G, zero}; }
};

[[nodiscard]] inline Cached cached(const Extended& point) {
  return {point.Y + point.X, point.Y - point.X, point.Z + point.Z, point.T * two_d};
}

[[nodiscard]] inline Cached negated(const Cached& point) {
  return {point.y_minus_x, point.y_plus_x, point.two_z, zero - point.two_d_t};
}

// add-2008-hwcd-3 for a = −1. Limb bounds: A…D tight, E below 2^53.3, F likewise, G and H below
// 2^52.1.
[[nodiscard]] inline Factors sum(const Extended& a, const Cached& b) {
  const Field A = (a.Y - a.X) * b.y_minus_x;
  const Field B = (a.Y + a.X) * b.y_plus_x;
  const Field C = a.T * b.two_d_t;
  const Field D = a.Z * b.two_z;
  return {B - A, D - C, D + C, B + A};
}

// dbl-2008-hwcd for a = −1, all four factors negated. H below 2^52.1, E and F below 2^53.9.
[[nodiscard]] inline Factors doubled(const Extended& a) {
  const Field A = square(a.X);
  const Field B = square(a.Y);
  const Field ZZ = square(a.Z);
  const Field H = A + B;
  const Field G = A - B;
  return {H - square(a.X + a.Y), ZZ + ZZ + G, G, H};
}

}  // namespace jointca::edwards
