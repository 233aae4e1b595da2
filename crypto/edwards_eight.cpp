// crypto/edwards_eight.cpp — limbs of eight elements side by side in a register of 512 bits.
//
// The instructions multiply 52 bits by 52 and add either half of the product. With limbs of 51
// bits, of which all are below 2^52, the upper half of a product belongs, doubled, to the next
// column.
#include "crypto/edwards_eight.h"

#include "crypto/edwards_field.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace jointca::edwards {

#if defined(__x86_64__)
namespace {

#define JCA_IFMA __attribute__((target("avx512f,avx512ifma")))

/// Limb i of eight elements.
struct alignas(64) Lanes {
  std::array<std::array<std::uint64_t, 8>, 5> limb{};
};

using Row = __m512i;
struct Rows {
  Row row[5];
};

JCA_IFMA inline Rows load(const Lanes& lanes) {
  Rows out{};
  for (std::size_t i = 0; i < 5; ++i) out.row[i] = _mm512_load_si512(lanes.limb[i].data());
  return out;
}

JCA_IFMA inline Lanes store(const Rows& rows) {
  Lanes out;
  for (std::size_t i = 0; i < 5; ++i) _mm512_store_si512(out.limb[i].data(), rows.row[i]);
  return out;
}

JCA_IFMA inline Row twice(Row a) { return _mm512_add_epi64(a, a); }

/// The sums of the lower halves and, one column further, of the upper halves of products.
struct Columns {
  Row low[10];
  Row high[10];
};

JCA_IFMA inline void add_product(Columns& sums, std::size_t column, Row a, Row b) {
  sums.low[column] = _mm512_madd52lo_epu64(sums.low[column], a, b);
  sums.high[column + 1] = _mm512_madd52hi_epu64(sums.high[column + 1], a, b);
}

/// Every column is below 15·2^52 and, with 19 times the one five further, below 2^61: one carry
/// from each limb to the next leaves less than 2^51 + 2^15.
JCA_IFMA inline Rows carried(const Columns& sums) {
  const Row mask = _mm512_set1_epi64(static_cast<long long>(limb_mask));
  const auto column = [&](std::size_t k)
                          JCA_IFMA { return _mm512_add_epi64(sums.low[k], twice(sums.high[k])); };
  const auto times_19 = [](Row a) JCA_IFMA {
    return _mm512_add_epi64(_mm512_add_epi64(a, twice(a)), _mm512_slli_epi64(a, 4));
  };
  Row value[5], carry[5];
  for (std::size_t k = 0; k < 5; ++k) {
    value[k] = _mm512_add_epi64(column(k), times_19(column(k + 5)));
    carry[k] = _mm512_srli_epi64(value[k], 51);
  }
  Rows out{};
  for (std::size_t k = 0; k < 5; ++k)
    out.row[k] = _mm512_add_epi64(_mm512_and_si512(value[k], mask),
                                  k == 0 ? times_19(carry[4]) : carry[k - 1]);
  return out;
}

JCA_IFMA inline Rows squared(const Rows& a) {
  Columns sums{};
  for (std::size_t i = 0; i < 5; ++i)
    for (std::size_t j = i + 1; j < 5; ++j) add_product(sums, i + j, a.row[i], a.row[j]);
  for (std::size_t k = 0; k < 10; ++k) {
    sums.low[k] = twice(sums.low[k]);
    sums.high[k] = twice(sums.high[k]);
  }
  for (std::size_t i = 0; i < 5; ++i) add_product(sums, 2 * i, a.row[i], a.row[i]);
  return carried(sums);
}

// As power_chain() wants them.

JCA_IFMA Lanes squared_times(const Lanes& a, unsigned count) {
  Rows rows = load(a);
  while (count-- > 0) rows = squared(rows);
  return store(rows);
}

JCA_IFMA Lanes square(const Lanes& a) { return squared_times(a, 1); }

JCA_IFMA Lanes operator*(const Lanes& a, const Lanes& b) {
  const Rows left = load(a), right = load(b);
  Columns sums{};
  for (std::size_t i = 0; i < 5; ++i)
    for (std::size_t j = 0; j < 5; ++j) add_product(sums, i + j, left.row[i], right.row[j]);
  return store(carried(sums));
}

Eight powers_by_ifma(const Eight& a) {
  Lanes lanes;
  for (std::size_t lane = 0; lane < 8; ++lane)
    for (std::size_t i = 0; i < 5; ++i) lanes.limb[i][lane] = a[lane].limb[i];
  lanes = power_p58(lanes);
  Eight out;
  for (std::size_t lane = 0; lane < 8; ++lane)
    for (std::size_t i = 0; i < 5; ++i) out[lane].limb[i] = lanes.limb[i][lane];
  return out;
}

}  // namespace
#endif

Eight powers_p58(const Eight& a) {
#if defined(__x86_64__)
  static const bool has_ifma = __builtin_cpu_supports("avx512ifma") != 0;
  if (has_ifma) return powers_by_ifma(a);
#endif
  Eight out;
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = power_p58(a[i]);
  return out;
}

}  // namespace jointca::edwards
