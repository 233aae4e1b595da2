// crypto/fixed_base.h — many powers of one public number.
#pragma once

#include <vector>

#include "crypto/integer.h"

namespace jointca {

/// Raises `base` to exponents of at most `bits` bits modulo m > 0, each by a fifth of the
/// multiplications that pow_mod() takes (Yao, "On the evaluation of powers", 1976). Making it costs
/// one pow_mod(). In variable time, as everything of Integer.
class FixedBase {
 public:
  FixedBase(const Integer& base, const Integer& m, unsigned bits);
  /// base^exponent mod m, for 0 ≤ exponent < 2^bits.
  [[nodiscard]] Integer pow(const Integer& exponent) const;

 private:
  Integer m_;
  std::vector<Integer> powers_;  ///< base^(2^(width·i)) mod m
};

}  // namespace jointca
