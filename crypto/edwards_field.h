// crypto/edwards_field.h — arithmetic mod p = 2^255 − 19 for crypto/edwards_vartime.cpp alone.
//
// "Tight" means limbs below 2^51 + 2^14, which every product and square is. The bounds below keep
// every operand of a product under 2^54, so that five 108-bit products and a factor of 19 fit into
// 128 bits.
#pragma once

#include "crypto/edwards_vartime.h"

namespace jointca::edwards {

__extension__ typedef unsigned __int128 Wide;

inline constexpr std::uint64_t limb_mask = (std::uint64_t{1} << 51) - 1;

/// Any a, b with limbs whose sums stay below 2^54; no carries.
[[nodiscard]] inline Field operator+(const Field& a, const Field& b) {
  Field out;
  for (std::size_t i = 0; i < 5; ++i) out.limb[i] = a.limb[i] + b.limb[i];
  return out;
}

/// a + 4p − b. The limbs of b are below 2^53 − 76, so no limb goes below zero.
[[nodiscard]] inline Field operator-(const Field& a, const Field& b) {
  constexpr std::uint64_t four_p_0 = 4 * (limb_mask - 18);
  constexpr std::uint64_t four_p = 4 * limb_mask;
  return {{a.limb[0] + four_p_0 - b.limb[0], a.limb[1] + four_p - b.limb[1],
           a.limb[2] + four_p - b.limb[2], a.limb[3] + four_p - b.limb[3],
           a.limb[4] + four_p - b.limb[4]}};
}

/// Five column sums, the first four below 2^115 and the last below 2^110.7, to tight limbs;
/// 2^255 = 19.
[[nodiscard]] inline Field carried(Wide r0, Wide r1, Wide r2, Wide r3, Wide r4) {
  const auto low = [](Wide value) { return static_cast<std::uint64_t>(value) & limb_mask; };
  const auto carry = [](Wide value) { return static_cast<std::uint64_t>(value >> 51); };
  r1 += carry(r0);
  r2 += carry(r1);
  r3 += carry(r2);
  r4 += carry(r3);
  const std::uint64_t first = low(r0) + carry(r4) * 19;
  const std::uint64_t second = low(r1) + (first >> 51);
  return {{first & limb_mask, second, low(r2), low(r3), low(r4)}};
}

/// Limbs of a and b below 2^54. The result is tight.
[[nodiscard]] inline Field operator*(const Field& a, const Field& b) {
  const auto [a0, a1, a2, a3, a4] = a.limb;
  const auto [b0, b1, b2, b3, b4] = b.limb;
  const std::uint64_t c1 = 19 * b1, c2 = 19 * b2, c3 = 19 * b3, c4 = 19 * b4;
  const auto m = [](std::uint64_t x, std::uint64_t y) { return Wide{x} * y; };
  return carried(m(a0, b0) + m(a1, c4) + m(a2, c3) + m(a3, c2) + m(a4, c1),
                 m(a0, b1) + m(a1, b0) + m(a2, c4) + m(a3, c3) + m(a4, c2),
                 m(a0, b2) + m(a1, b1) + m(a2, b0) + m(a3, c4) + m(a4, c3),
                 m(a0, b3) + m(a1, b2) + m(a2, b1) + m(a3, b0) + m(a4, c4),
                 m(a0, b4) + m(a1, b3) + m(a2, b2) + m(a3, b1) + m(a4, b0));
}

/// Limbs of a below 2^54. The result is tight.
[[nodiscard]] inline Field square(const Field& a) {
  const auto [a0, a1, a2, a3, a4] = a.limb;
  const std::uint64_t d0 = 2 * a0, d1 = 2 * a1, d2 = 2 * a2, c3 = 19 * a3, c4 = 19 * a4;
  const auto m = [](std::uint64_t x, std::uint64_t y) { return Wide{x} * y; };
  return carried(m(a0, a0) + m(d1, c4) + m(d2, c3), m(d0, a1) + m(d2, c4) + m(a3, c3),
                 m(d0, a2) + m(a1, a1) + m(2 * a3, c4), m(d0, a3) + m(d1, a2) + m(a4, c4),
                 m(d0, a4) + m(d1, a3) + m(a2, a2));
}

[[nodiscard]] inline Field squared_times(Field a, unsigned count) {
  while (count-- > 0) a = square(a);
  return a;
}

/// a^(2^250 − 1), and a^11 on the side: what both exponentiations below begin with.
template <class Element>
struct PowerChain {
  Element to_2_250_minus_1;
  Element to_11;
};

template <class Element>
[[nodiscard]] PowerChain<Element> power_chain(const Element& a) {
  const Element a2 = square(a);
  const Element a9 = squared_times(a2, 2) * a;
  const Element a11 = a9 * a2;
  const Element e5 = square(a11) * a9;  // eK stands for a^(2^K − 1)
  const Element e10 = squared_times(e5, 5) * e5;
  const Element e20 = squared_times(e10, 10) * e10;
  const Element e40 = squared_times(e20, 20) * e20;
  const Element e50 = squared_times(e40, 10) * e10;
  const Element e100 = squared_times(e50, 50) * e50;
  const Element e200 = squared_times(e100, 100) * e100;
  return {squared_times(e200, 50) * e50, a11};
}

/// a^(p−2) = 1/a, and 0 for 0.
[[nodiscard]] inline Field inverse(const Field& a) {
  const auto chain = power_chain(a);
  return squared_times(chain.to_2_250_minus_1, 5) * chain.to_11;
}

/// a^((p−5)/8).
template <class Element>
[[nodiscard]] Element power_p58(const Element& a) {
  return squared_times(power_chain(a).to_2_250_minus_1, 2) * a;
}

/// The one representative below p, little-endian. Limbs of a below 2^54.
[[nodiscard]] inline Digest to_bytes(const Field& a) {
  auto limb = a.limb;
  for (int pass = 0; pass < 2; ++pass) {
    for (std::size_t i = 0; i < 4; ++i) {
      limb[i + 1] += limb[i] >> 51;
      limb[i] &= limb_mask;
    }
    limb[0] += 19 * (limb[4] >> 51);
    limb[4] &= limb_mask;
  }
  // Now below 2^255 + 2^13: q is 1 exactly if the value is at least p.
  std::uint64_t q = (limb[0] + 19) >> 51;
  for (std::size_t i = 1; i < 5; ++i) q = (limb[i] + q) >> 51;
  limb[0] += 19 * q;
  for (std::size_t i = 0; i < 4; ++i) {
    limb[i + 1] += limb[i] >> 51;
    limb[i] &= limb_mask;
  }
  limb[4] &= limb_mask;

  const std::array<std::uint64_t, 4> words{limb[0] | limb[1] << 51, limb[1] >> 13 | limb[2] << 38,
                                           limb[2] >> 26 | limb[3] << 25,
                                           limb[3] >> 39 | limb[4] << 12};
  Digest out;
  for (std::size_t i = 0; i < 32; ++i)
    out[i] = static_cast<std::uint8_t>(words[i / 8] >> (i % 8 * 8));
  return out;
}

/// The low 255 bits; tight.
[[nodiscard]] inline Field from_bytes(const Digest& bytes) {
  const auto word = [&](std::size_t at) {
    std::uint64_t value = 0;
    for (std::size_t i = 8; i-- > 0;) value = value << 8 | bytes[at + i];
    return value;
  };
  return {{word(0) & limb_mask, word(6) >> 3 & limb_mask, word(12) >> 6 & limb_mask,
           word(19) >> 1 & limb_mask, word(24) >> 12 & limb_mask}};
}

[[nodiscard]] inline bool is_zero(const Field& a) { return to_bytes(a) == Digest{}; }
[[nodiscard]] inline bool operator==(const Field& a, const Field& b) {
  return to_bytes(a) == to_bytes(b);
}

}  // namespace jointca::edwards
