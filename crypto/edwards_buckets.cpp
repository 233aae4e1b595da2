// crypto/edwards_buckets.cpp — sums of many points (Pippenger).
//
// Scalars are cut into windows of `width` bits. Of each window, the points with the same digit are
// added into one bucket first, and a bucket is multiplied by its digit by adding it as often to a
// running sum.
#include <algorithm>
#include <bit>
#include <cstdlib>
#include <vector>

#include "base/assert.h"
#include "crypto/edwards_point.h"
#include "crypto/edwards_quad.h"

namespace jointca::edwards {
namespace {

constexpr std::size_t terms_min = 100;  ///< below it the buckets cost more than they save
constexpr std::size_t width_max = 12;

/// A point with Z = 1, prepared to be added.
struct Affine {
  Field y_plus_x;
  Field y_minus_x;
  Field two_d_t;
};

/// As the sum of an Extended and a Cached, with Z = 1; D below 2^52.1.
Extended sum(const Extended& a, const Affine& b, bool minus) {
  const Field A = (a.Y - a.X) * (minus ? b.y_plus_x : b.y_minus_x);
  const Field B = (a.Y + a.X) * (minus ? b.y_minus_x : b.y_plus_x);
  const Field C = a.T * b.two_d_t;
  const Field D = a.Z + a.Z;
  const Field less = D - C, more = D + C;
  return Factors{B - A, minus ? more : less, minus ? less : more, B + A}.extended();
}

/// All scalars in digits from −2^(width−1) to 2^(width−1): scalar = Σ digit·2^(width·window).
class Digits {
 public:
  Digits(std::span<const Term> terms, std::size_t width) : terms_(terms.size()), width_(width) {
    std::size_t bytes = 0;  // up to the highest that is not zero in all scalars
    for (const Term& term : terms)
      for (std::size_t at = term.scalar.size(); at > bytes; --at)
        if (term.scalar[at - 1] != 0) bytes = at;
    windows_ = (8 * bytes + 1 + width - 1) / width;  // a bit more, for the last carry
    digits_.resize(terms_ * windows_);
    for (std::size_t i = 0; i < terms_; ++i) recode(terms[i].scalar, i);
  }
  [[nodiscard]] std::size_t windows() const { return windows_; }
  /// Of every term, in their order.
  [[nodiscard]] std::span<const std::int16_t> of(std::size_t window) const {
    return std::span(digits_).subspan(window * terms_, terms_);
  }

 private:
  void recode(const Digest& scalar, std::size_t term) {
    const auto byte = [&](std::size_t at) { return at < 32 ? std::uint32_t{scalar[at]} : 0; };
    int carry = 0;
    for (std::size_t window = 0; window < windows_; ++window) {
      const std::size_t bit = window * width_, at = bit / 8;
      const std::uint32_t bits = byte(at) | byte(at + 1) << 8 | byte(at + 2) << 16;
      int digit = static_cast<int>(bits >> bit % 8 & ((1U << width_) - 1)) + carry;
      carry = digit > 1 << (width_ - 1) ? 1 : 0;
      digit -= carry << width_;
      digits_[window * terms_ + term] = static_cast<std::int16_t>(digit);
    }
    JCA_ASSERT(carry == 0);
  }

  std::size_t terms_;
  std::size_t width_;
  std::size_t windows_ = 0;
  std::vector<std::int16_t> digits_;
};

// The same three functions as in crypto/edwards_quad.h, one coordinate after another.

Affine prepared(const Extended& point) {
  return {point.Y + point.X, point.Y - point.X, point.T * two_d};
}

void fill(std::span<const Affine> points, std::span<const std::int16_t> digits,
          std::span<Extended> buckets) {
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (digits[i] == 0) continue;
    Extended& bucket = buckets[static_cast<std::size_t>(std::abs(digits[i])) - 1];
    bucket = sum(bucket, points[i], digits[i] < 0);
  }
}

Extended weighted_sum(std::span<const Extended> buckets) {
  Extended running, out;
  for (std::size_t i = buckets.size(); i-- > 0;) {
    running = add(running, buckets[i]);
    out = add(out, running);
  }
  return out;
}

/// `Bucket` is Extended or Quad, and `in_form` makes one of an Extended.
template <class Bucket, class InForm>
Extended sum_by_buckets(std::span<const Term> terms, InForm in_form) {
  const std::size_t width = std::min<std::size_t>(std::bit_width(terms.size()) - 3U, width_max);
  const Digits digits(terms, width);
  std::vector<decltype(prepared(Bucket{}))> points;
  points.reserve(terms.size());
  for (const Term& term : terms) {
    JCA_ASSERT(term.point->Z.limb == one.limb);
    points.push_back(prepared(in_form(*term.point)));
  }
  const Bucket identity = in_form(Extended{});
  std::vector<Bucket> buckets;
  Extended out;
  for (std::size_t window = digits.windows(); window-- > 0;) {
    for (std::size_t i = 0; i < width; ++i) out = doubled(out).extended();
    buckets.assign(std::size_t{1} << (width - 1), identity);
    fill(points, digits.of(window), buckets);
    out = add(out, weighted_sum(buckets));
  }
  return out;
}

}  // namespace

Extended multiexp_many(std::span<const Term> terms) {
  if (terms.size() < terms_min) return multiexp(Digest{}, terms);
  return has_quads() ? sum_by_buckets<Quad>(terms, quad) : multiexp_many_portably(terms);
}

Extended multiexp_many_portably(std::span<const Term> terms) {
  return sum_by_buckets<Extended>(terms, [](const Extended& point) { return point; });
}

}  // namespace jointca::edwards
