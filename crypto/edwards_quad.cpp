#include "crypto/edwards_quad.h"

#include <cstdlib>

#include "base/assert.h"
#include "crypto/edwards_ifma.h"
#include "crypto/edwards_point.h"

namespace jointca::edwards {

Quad quad(const Extended& point) {
  Quad out;
  for (std::size_t i = 0; i < 5; ++i)
    out.limb[i] = {point.X.limb[i], point.Y.limb[i], point.Z.limb[i], point.T.limb[i]};
  return out;
}

#if defined(__x86_64__)
namespace {

using Rows = ifma::Rows<ifma::Row4>;

JCA_IFMA inline Rows load(const Quad& quad) {
  Rows out{};
  for (std::size_t i = 0; i < 5; ++i)
    out.row[i] = _mm256_load_si256(reinterpret_cast<const ifma::Row4*>(quad.limb[i].data()));
  return out;
}

JCA_IFMA inline void store(const Rows& rows, Quad& quad) {
  for (std::size_t i = 0; i < 5; ++i)
    _mm256_store_si256(reinterpret_cast<ifma::Row4*>(quad.limb[i].data()), rows.row[i]);
}

/// Limb i of 2p, from which limbs below 2^52 − 38 can be subtracted.
JCA_IFMA inline ifma::Row4 two_p(std::size_t i) {
  return _mm256_set1_epi64x(static_cast<long long>(limb_mask - (i == 0 ? 18 : 0)) * 2);
}

/// The lanes of `order`, the first in its lowest two bits.
template <int order>
JCA_IFMA inline Rows permuted(const Rows& a) {
  Rows out{};
  for (std::size_t i = 0; i < 5; ++i) out.row[i] = _mm256_permute4x64_epi64(a.row[i], order);
  return out;
}
constexpr int lanes(int first, int second, int third, int fourth) {
  return first | second << 2 | third << 4 | fourth << 6;
}

/// 2p − a in the lanes of `mask`, and a in the others.
template <unsigned mask>
JCA_IFMA inline Rows minus(const Rows& a) {
  Rows out{};
  for (std::size_t i = 0; i < 5; ++i)
    out.row[i] = _mm256_mask_sub_epi64(a.row[i], mask, two_p(i), a.row[i]);
  return out;
}

JCA_IFMA inline Rows sum(const Rows& a, const Rows& b) {
  Rows out{};
  for (std::size_t i = 0; i < 5; ++i) out.row[i] = a.row[i] + b.row[i];
  return ifma::carried(out);
}

/// (X, Y, Z, T) to (Y − X, Y + X, Z, T).
JCA_IFMA inline Rows differences(const Rows& a) {
  Rows x = minus<0b0001>(permuted<lanes(0, 0, 0, 0)>(a));
  for (ifma::Row4& row : x.row) row = _mm256_maskz_mov_epi64(0b0011, row);
  return sum(permuted<lanes(1, 1, 2, 3)>(a), x);
}

JCA_IFMA inline Rows prepared(const Rows& a) {
  Rows factors{};
  for (std::size_t i = 0; i < 5; ++i)
    factors.row[i] = _mm256_set_epi64x(static_cast<long long>(two_d.limb[i]), i == 0 ? 2 : 0,
                                       i == 0 ? 1 : 0, i == 0 ? 1 : 0);
  return ifma::product(differences(a), factors);
}

/// Of a prepared point.
JCA_IFMA inline Rows negated(const Rows& a) {
  return minus<0b1000>(permuted<lanes(1, 0, 2, 3)>(a));
}

/// As sum() in crypto/edwards_point.h, with `b` prepared.
JCA_IFMA inline Rows point_sum(const Rows& a, const Rows& b) {
  const Rows abdc = ifma::product(differences(a), b);
  const Rows ehfg =
      sum(permuted<lanes(1, 1, 2, 2)>(abdc), minus<0b0101>(permuted<lanes(0, 0, 3, 3)>(abdc)));
  return ifma::product(permuted<lanes(0, 3, 2, 0)>(ehfg), permuted<lanes(2, 1, 3, 1)>(ehfg));
}

Extended extended(const Quad& quad) {
  Extended out;
  for (std::size_t i = 0; i < 5; ++i) {
    out.X.limb[i] = quad.limb[i][0];
    out.Y.limb[i] = quad.limb[i][1];
    out.Z.limb[i] = quad.limb[i][2];
    out.T.limb[i] = quad.limb[i][3];
  }
  return out;
}

}  // namespace

bool has_quads() { return ifma::is_supported(); }

JCA_IFMA Quad prepared(const Quad& point) {
  Quad out;
  store(prepared(ifma::carried(load(point))), out);
  return out;
}

JCA_IFMA void fill(std::span<const Quad> points, std::span<const std::int16_t> digits,
                   std::span<Quad> buckets) {
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (digits[i] == 0) continue;
    Quad& bucket = buckets[static_cast<std::size_t>(std::abs(digits[i])) - 1];
    const Rows point = load(points[i]);
    store(point_sum(load(bucket), digits[i] < 0 ? negated(point) : point), bucket);
  }
}

JCA_IFMA Extended weighted_sum(std::span<const Quad> buckets) {
  Rows running = load(quad(Extended{})), out = running;
  for (std::size_t i = buckets.size(); i-- > 0;) {
    running = point_sum(running, prepared(load(buckets[i])));
    out = point_sum(out, prepared(running));
  }
  Quad total;
  store(out, total);
  return extended(total);
}

#else

bool has_quads() { return false; }
Quad prepared(const Quad&) { JCA_ASSERT(false); }
void fill(std::span<const Quad>, std::span<const std::int16_t>, std::span<Quad>) {
  JCA_ASSERT(false);
}
Extended weighted_sum(std::span<const Quad>) { JCA_ASSERT(false); }

#endif

}  // namespace jointca::edwards
