// crypto/edwards_ifma.h — field elements side by side in registers of 256 or 512 bits, for
// crypto/edwards_quad.cpp and crypto/edwards_eight.cpp.
//
// The instructions multiply 52 bits by 52 and add either half of the product. With limbs of 51
// bits, of which all are below 2^52, the upper half of a product belongs, doubled, to the next
// column.
#pragma once

#if defined(__x86_64__)
#include <immintrin.h>

#include "crypto/edwards_field.h"

namespace jointca::edwards::ifma {

#define JCA_IFMA __attribute__((target("avx512f,avx512vl,avx512ifma")))

[[nodiscard]] inline bool is_supported() {
  static const bool supported =
      __builtin_cpu_supports("avx512ifma") != 0 && __builtin_cpu_supports("avx512vl") != 0;
  return supported;
}

/// One limb of each of four or eight elements.
using Row4 = __m256i;
using Row8 = __m512i;

template <class Row>
struct Rows {
  Row row[5];
};

JCA_IFMA inline Row4 add_low(Row4 sum, Row4 a, Row4 b) { return _mm256_madd52lo_epu64(sum, a, b); }
JCA_IFMA inline Row8 add_low(Row8 sum, Row8 a, Row8 b) { return _mm512_madd52lo_epu64(sum, a, b); }
JCA_IFMA inline Row4 add_high(Row4 sum, Row4 a, Row4 b) { return _mm256_madd52hi_epu64(sum, a, b); }
JCA_IFMA inline Row8 add_high(Row8 sum, Row8 a, Row8 b) { return _mm512_madd52hi_epu64(sum, a, b); }

/// The sums of the lower halves and, one column further, of the upper halves of products.
template <class Row>
struct Columns {
  Row low[10];
  Row high[10];
};

template <class Row>
JCA_IFMA inline void add_product(Columns<Row>& sums, std::size_t column, const Row& a,
                                 const Row& b) {
  sums.low[column] = add_low(sums.low[column], a, b);
  sums.high[column + 1] = add_high(sums.high[column + 1], a, b);
}

/// Limbs below 2^61 to limbs below 2^51 + 2^15, by one carry from each to the next.
template <class Row>
JCA_IFMA inline Rows<Row> carried(const Rows<Row>& value) {
  Rows<Row> out{};
  for (std::size_t k = 0; k < 5; ++k) {
    const Row carry = value.row[k == 0 ? 4 : k - 1] >> 51;
    out.row[k] = (value.row[k] & static_cast<long long>(limb_mask)) +
                 (k == 0 ? carry + (carry << 1) + (carry << 4) : carry);
  }
  return out;
}

/// Every column is below 15·2^52 and, with 19 times the one five further, below 2^61.
template <class Row>
JCA_IFMA inline Rows<Row> reduced(const Columns<Row>& sums) {
  Rows<Row> value{};
  for (std::size_t k = 0; k < 5; ++k) {
    const Row more = sums.low[k + 5] + (sums.high[k + 5] << 1);
    value.row[k] = sums.low[k] + (sums.high[k] << 1) + more + (more << 1) + (more << 4);
  }
  return carried(value);
}

/// Limbs of a and b below 2^52, as everywhere here.
template <class Row>
JCA_IFMA inline Rows<Row> product(const Rows<Row>& a, const Rows<Row>& b) {
  Columns<Row> sums{};
  for (std::size_t i = 0; i < 5; ++i)
    for (std::size_t j = 0; j < 5; ++j) add_product(sums, i + j, a.row[i], b.row[j]);
  return reduced(sums);
}

template <class Row>
JCA_IFMA inline Rows<Row> squared(const Rows<Row>& a) {
  Columns<Row> sums{};
  for (std::size_t i = 0; i < 5; ++i)
    for (std::size_t j = i + 1; j < 5; ++j) add_product(sums, i + j, a.row[i], a.row[j]);
  for (std::size_t k = 0; k < 10; ++k) {
    sums.low[k] = sums.low[k] << 1;
    sums.high[k] = sums.high[k] << 1;
  }
  for (std::size_t i = 0; i < 5; ++i) add_product(sums, 2 * i, a.row[i], a.row[i]);
  return reduced(sums);
}

}  // namespace jointca::edwards::ifma
#endif
