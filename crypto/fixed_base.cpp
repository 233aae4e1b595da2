#include "crypto/fixed_base.h"

#include <array>

namespace jointca {
namespace {

constexpr unsigned width = 6;  // of a digit: fewest multiplications at 3072 bits

void multiply(Integer& into, const Integer& factor, const Integer& m) {
  mpz_mul(into.gmp(), into.gmp(), factor.gmp());
  mpz_mod(into.gmp(), into.gmp(), m.gmp());
}

unsigned digit(const Integer& exponent, std::size_t number) {
  unsigned value = 0;
  for (unsigned bit = width; bit-- > 0;)
    value = 2 * value + static_cast<unsigned>(mpz_tstbit(exponent.gmp(), number * width + bit));
  return value;
}

}  // namespace

FixedBase::FixedBase(const Integer& base, const Integer& m, unsigned bits) : m_(m) {
  Integer power = base.mod(m);
  for (unsigned i = 0; i < bits; i += width) {
    powers_.push_back(power);
    for (unsigned k = 0; k < width; ++k) multiply(power, Integer(power), m);
  }
}

// With B_d the product of the powers whose digit is d: ∏ B_d^d, by products of ever more of them.
Integer FixedBase::pow(const Integer& exponent) const {
  JCA_ASSERT(!exponent.is_negative() && exponent.bits() <= powers_.size() * width);
  std::array<Integer, 1U << width> by_digit;
  by_digit.fill(Integer(1));
  for (std::size_t i = 0; i < powers_.size(); ++i)
    if (const unsigned d = digit(exponent, i); d != 0) multiply(by_digit[d], powers_[i], m_);
  Integer so_far(1), result(1);
  for (std::size_t d = by_digit.size(); --d > 0;) {
    multiply(so_far, by_digit[d], m_);
    multiply(result, so_far, m_);
  }
  return result.mod(m_);
}

}  // namespace jointca
