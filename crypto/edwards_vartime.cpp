#include "crypto/edwards_vartime.h"

#include <algorithm>
#include <vector>

#include "crypto/edwards_eight.h"
#include "crypto/edwards_point.h"

namespace jointca::edwards {
namespace {

// RFC 8032 §5.1: d = −121665/121666, and 2^((p−1)/4), a square root of −1.
constexpr Field d{
    {0x34dca135978a3, 0x1a8283b156ebd, 0x5e7a26001c029, 0x739c663a03cbb, 0x52036cee2b6ff}};
constexpr Field sqrt_of_minus_1{
    {0x61b274a0ea0b0, 0x0d5a5fc8f189d, 0x7ef5e9cbd0c60, 0x78595a6804c9e, 0x2b8324804fc1d}};
constexpr Extended base{
    {{0x62d608f25d51a, 0x412a4b4f6592a, 0x75b7171a4b31d, 0x1ff60527118fe, 0x216936d3cd6e5}},
    {{0x6666666666658, 0x4cccccccccccc, 0x1999999999999, 0x3333333333333, 0x6666666666666}},
    {{1}},
    {{0x68ab3a5b7dda3, 0x00eea2a5eadbb, 0x2af8df483c27e, 0x332b375274732, 0x67875f0fd78b7}}};

/// P, 3P, 5P, …
template <std::size_t count>
std::array<Cached, count> odd_multiples(const Extended& point) {
  std::array<Cached, count> out;
  const Cached twice = cached(doubled(point).extended());
  Extended current = point;
  out[0] = cached(current);
  for (std::size_t i = 1; i < count; ++i) {
    current = sum(current, twice).extended();
    out[i] = cached(current);
  }
  return out;
}

/// A scalar as Σ digit[i]·2^i with odd digits below 2^(width−1) in size, rarely two in a row.
struct Recoded {
  std::array<std::int8_t, 256> digit{};
  int top = -1;  ///< the highest non-zero position, or −1
};

Recoded non_adjacent_form(const Digest& scalar, int width) {
  Recoded out;
  const auto bit = [&](int at) {
    return at < 256 ? scalar[std::size_t(at / 8)] >> (at % 8) & 1 : 0;
  };
  int carry = 0;
  for (int at = 0; at < 256;) {
    if ((bit(at) ^ carry) == 0) {
      ++at;
      continue;
    }
    int window = carry;
    for (int k = 0; k < width; ++k) window += bit(at + k) << k;
    carry = window >> (width - 1) & 1;
    out.digit[std::size_t(at)] = static_cast<std::int8_t>(window - (carry << width));
    out.top = at;
    at += width;
  }
  return out;
}

template <std::size_t count>
Extended added(const Extended& to, const std::array<Cached, count>& multiples, int digit) {
  const Cached& entry = multiples[std::size_t(digit < 0 ? -digit : digit) / 2];
  return (digit < 0 ? sum(to, negated(entry)) : sum(to, entry)).extended();
}

constexpr int base_width = 8;
const std::array<Cached, 64>& base_multiples() {
  static const auto table = odd_multiples<64>(base);
  return table;
}

constexpr int term_width = 5;
struct Prepared {
  Recoded scalar;
  std::array<Cached, 8> multiples;
};

constexpr Digest digest_one{1};

/// A point while its x is missing: x² = u/v.
struct Halved {
  Field y, u, v;
  bool sign = false;

  /// Nothing if y is not below p.
  static std::optional<Halved> read(Digest encoding) {
    const bool sign = encoding[31] >> 7 != 0;
    encoding[31] &= 0x7f;
    const Field y = from_bytes(encoding);
    if (to_bytes(y) != encoding) return std::nullopt;
    const Field yy = square(y);
    return Halved{y, (yy - one) * one, yy * d + one, sign};  // u tight: it is subtracted below
  }
  /// u·v⁷; its power of (p−5)/8, times u·v³, is the candidate root.
  [[nodiscard]] Field radicand() const { return u * square(v_cubed()) * v; }
  /// The point, given that power; nothing if there is none.
  [[nodiscard]] std::optional<Extended> whole(const Field& power) const {
    Field x = u * v_cubed() * power;
    const Field vxx = v * square(x);
    if (!(vxx == u)) {
      if (!(vxx == zero - u)) return std::nullopt;
      x = x * sqrt_of_minus_1;
    }
    const Digest x_bytes = to_bytes(x);
    if (x_bytes == Digest{} && sign) return std::nullopt;
    if (((x_bytes[0] & 1) != 0) != sign) x = (zero - x) * one;
    return Extended{x, y, one, x * y};
  }

 private:
  [[nodiscard]] Field v_cubed() const { return square(v) * v; }
};

}  // namespace

std::optional<Extended> decompress(const Digest& encoding) {
  const auto point = Halved::read(encoding);
  return point ? point->whole(power_p58(point->radicand())) : std::nullopt;
}

std::vector<std::optional<Extended>> decompress(std::span<const Digest> encodings) {
  constexpr std::size_t at_once = Eight{}.size();
  std::vector<std::optional<Extended>> out(encodings.size());
  for (std::size_t first = 0; first < encodings.size(); first += at_once) {
    const auto some = encodings.subspan(first, std::min(at_once, encodings.size() - first));
    std::array<std::optional<Halved>, at_once> points;
    Eight radicands{};
    for (std::size_t i = 0; i < some.size(); ++i)
      if ((points[i] = Halved::read(some[i]))) radicands[i] = points[i]->radicand();
    const Eight powers = powers_p58(radicands);
    for (std::size_t i = 0; i < some.size(); ++i)
      if (points[i]) out[first + i] = points[i]->whole(powers[i]);
  }
  return out;
}

Extended normalised(const Extended& point) {
  if (point.Z.limb == one.limb) return point;
  const Field reciprocal = inverse(point.Z);
  const Field x = point.X * reciprocal;
  const Field y = point.Y * reciprocal;
  return {x, y, one, x * y};
}

Digest compress(const Extended& point) {
  const Extended affine = normalised(point);
  Digest out = to_bytes(affine.Y);
  out[31] |= static_cast<std::uint8_t>((to_bytes(affine.X)[0] & 1) << 7);
  return out;
}

Extended add(const Extended& a, const Extended& b) { return sum(a, cached(b)).extended(); }

Extended negate(const Extended& point) {
  return {(zero - point.X) * one, point.Y, point.Z, (zero - point.T) * one};
}

bool is_identity(const Extended& point) { return is_zero(point.X) && point.Y == point.Z; }

bool equal(const Extended& a, const Extended& b) {
  return a.X * b.Z == b.X * a.Z && a.Y * b.Z == b.Y * a.Z;
}

bool has_prime_order(const Extended& point) {
  const Term term{group_order, &point};
  return is_identity(multiexp(Digest{}, {&term, 1}));
}

Extended multiexp(const Digest& base_scalar, std::span<const Term> terms) {
  Extended plain;  // the terms with scalar 1, which need no table
  std::vector<Prepared> prepared;
  prepared.reserve(terms.size());
  const Recoded base_digits = non_adjacent_form(base_scalar, base_width);
  int top = base_digits.top;
  for (const Term& term : terms) {
    if (term.scalar == digest_one) {
      plain = add(plain, *term.point);
      continue;
    }
    prepared.push_back({non_adjacent_form(term.scalar, term_width), odd_multiples<8>(*term.point)});
    top = std::max(top, prepared.back().scalar.top);
  }

  Extended out;
  for (int at = top; at >= 0; --at) {
    const auto position = std::size_t(at);
    const bool adds = base_digits.digit[position] != 0 ||
                      std::any_of(prepared.begin(), prepared.end(), [&](const Prepared& term) {
                        return term.scalar.digit[position] != 0;
                      });
    const Factors twice = doubled(out);
    out = adds || at == 0 ? twice.extended() : twice.without_t();
    if (!adds) continue;
    for (const Prepared& term : prepared)
      if (const int digit = term.scalar.digit[position]; digit != 0)
        out = added(out, term.multiples, digit);
    if (const int digit = base_digits.digit[position]; digit != 0)
      out = added(out, base_multiples(), digit);
  }
  return add(out, plain);
}

Extended horner(std::span<const Extended* const> coefficients, std::uint64_t x) {
  Extended out;
  Digest scalar{};
  for (std::size_t i = 0; i < 8; ++i) scalar[i] = static_cast<std::uint8_t>(x >> (8 * i));
  for (std::size_t i = coefficients.size(); i-- > 0;) {
    const Term term{scalar, &out};
    out = add(multiexp(Digest{}, {&term, 1}), *coefficients[i]);
  }
  return out;
}

}  // namespace jointca::edwards
