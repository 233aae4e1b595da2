// crypto/secret_integer.cpp — secret integers in constant time.
#include "crypto/secret_integer.h"

#include <algorithm>

#include "crypto/ct.h"
#include "crypto/rng.h"

namespace jointca {
namespace {

mp_size_t size_of(const SecretLimbs& limbs) { return static_cast<mp_size_t>(limbs.size()); }
constexpr std::size_t limbs_for(unsigned bits) { return (bits + 63) / 64; }

/// x or −x, as `mask` is zero or all ones. `from` may be `to`.
void negate_if(mp_limb_t mask, const mp_limb_t* from, mp_limb_t* to, std::size_t size) {
  mp_limb_t carry = mask & 1;
  for (std::size_t i = 0; i < size; ++i) {
    const mp_limb_t flipped = from[i] ^ mask;
    to[i] = flipped + carry;
    carry = static_cast<mp_limb_t>(to[i] < flipped);
  }
}

/// Two's complement in more limbs, or in fewer if the value fits.
void extend(const SecretLimbs& from, mp_limb_t* to, std::size_t size) {
  const mp_limb_t sign = ct::mask(from[from.size() - 1] >> 63);
  for (std::size_t i = 0; i < size; ++i) to[i] = i < from.size() ? from[i] : sign;
}

/// The limbs of a secret modulus or divisor, its ends declared public: GMP indexes the tables of
/// invert_limb and binvert_limb by the highest and lowest bits.
SecretLimbs modulus_limbs(const SecretInteger& m) {
  SecretLimbs out(limbs_for(m.bits()));
  std::copy_n(m.limbs().data(), out.size(), out.data());
  const std::size_t top = std::min<std::size_t>(out.size(), m.bits() % 64 == 0 ? 1 : 2);
  ct::declassify(std::span(out.data(), 1));
  ct::declassify(std::span(out.data() + out.size() - top, top));
  return out;
}

/// The remainder of `value` by m is left in its lowest `size` limbs. `value` has at least as many.
void divide(SecretLimbs& value, const mp_limb_t* m, std::size_t size) {
  const auto m_size = static_cast<mp_size_t>(size);
  SecretLimbs scratch(static_cast<std::size_t>(mpn_sec_div_r_itch(size_of(value), m_size)));
  mpn_sec_div_r(value.data(), size_of(value), m, m_size, scratch.data());
}

}  // namespace

SecretInteger SecretInteger::random_bits(unsigned bits, Rng& rng) {
  SecretInteger out(bits);
  const std::size_t size = limbs_for(bits);
  rng.fill({reinterpret_cast<std::uint8_t*>(out.limbs_.data()), size * sizeof(mp_limb_t)});
  if (bits % 64 != 0) out.limbs_[size - 1] &= (mp_limb_t{1} << bits % 64) - 1;
  return out;
}

SecretInteger SecretInteger::random_signed(unsigned bits, Rng& rng) {
  return (random_bits(bits + 1, rng) - from(Integer::power_of_two(bits))).narrowed(bits);
}

SecretInteger SecretInteger::random_below(const Integer& bound, Rng& rng) {
  return random_bits(bound.bits() + 128, rng).mod(bound);
}

SecretInteger SecretInteger::random_below(const SecretInteger& bound, Rng& rng) {
  return random_bits(bound.bits() + 128, rng).mod(bound);
}

SecretInteger SecretInteger::from(const Integer& value) {
  SecretInteger out(value.bits());
  std::copy_n(mpz_limbs_read(value.gmp()), mpz_size(value.gmp()), out.limbs_.data());
  negate_if(ct::mask(value.is_negative() ? 1 : 0), out.limbs_.data(), out.limbs_.data(),
            out.limbs_.size());
  return out;
}

SecretInteger SecretInteger::from_bytes(BytesView magnitude) {
  SecretInteger out(static_cast<unsigned>(magnitude.size() * 8));
  for (std::size_t i = 0; i < magnitude.size(); ++i)
    out.limbs_[i / 8] |= mp_limb_t{magnitude[magnitude.size() - 1 - i]} << i % 8 * 8;
  return out;
}

SecretInteger SecretInteger::duplicate() const { return narrowed(bits_); }

SecretInteger SecretInteger::narrowed(unsigned bits) const {
  SecretInteger out(bits);
  extend(limbs_, out.limbs_.data(), out.limbs_.size());
  return out;
}

mp_limb_t SecretInteger::negative() const { return limbs_[limbs_.size() - 1] >> 63; }

SecretLimbs SecretInteger::absolute() const {
  SecretLimbs out(limbs_.size());
  negate_if(ct::mask(negative()), limbs_.data(), out.data(), out.size());
  return out;
}

Integer SecretInteger::reveal() const {
  SecretInteger shown = duplicate();
  ct::declassify(std::span(shown.limbs_.data(), shown.limbs_.size()));
  const SecretLimbs magnitude = shown.absolute();
  Integer out;
  mpz_import(out.gmp(), magnitude.size(), -1, sizeof(mp_limb_t), 0, 0, magnitude.data());
  return shown.negative() == 1 ? -out : out;
}

bool SecretInteger::reveal_is_zero() const {
  mp_limb_t all = 0;
  for (std::size_t i = 0; i < limbs_.size(); ++i) all |= limbs_[i];
  // Any set bit becomes the highest of all | −all: one bit is declared public, not their place.
  mp_limb_t nonzero = (all | (mp_limb_t{0} - all)) >> 63;
  ct::declassify(std::span(&nonzero, 1));
  return nonzero == 0;
}

void SecretInteger::write(std::span<std::uint8_t> out) const {
  for (std::size_t i = 0; i < out.size(); ++i) {
    const mp_limb_t limb = i / 8 < limbs_.size() ? limbs_[i / 8] : 0;
    out[out.size() - 1 - i] = static_cast<std::uint8_t>(limb >> i % 8 * 8);
  }
}

SecretInteger SecretInteger::mod(const mp_limb_t* m, std::size_t size, unsigned m_bits) const {
  SecretLimbs value(std::max(limbs_.size(), size));
  const SecretLimbs magnitude = absolute();
  std::copy_n(magnitude.data(), magnitude.size(), value.data());
  divide(value, m, size);
  // For x < 0 the residue is m − (|x| mod m), or 0: one more reduction decides without a branch.
  SecretLimbs other(size + 1);
  mpn_sub_n(other.data(), m, value.data(), static_cast<mp_size_t>(size));
  divide(other, m, size);
  SecretInteger out(m_bits);
  const mp_limb_t mask = ct::mask(negative());
  for (std::size_t i = 0; i < size; ++i) out.limbs_[i] = (other[i] & mask) | (value[i] & ~mask);
  return out;
}

SecretInteger SecretInteger::mod(const Integer& m) const {
  JCA_ASSERT(!m.is_zero() && !m.is_negative());
  return mod(mpz_limbs_read(m.gmp()), mpz_size(m.gmp()), m.bits());
}

SecretInteger SecretInteger::mod(const SecretInteger& m) const {
  const SecretLimbs limbs = modulus_limbs(m);
  return mod(limbs.data(), limbs.size(), m.bits_);
}

SecretInteger SecretInteger::quotient(const SecretInteger& d) const {
  const SecretLimbs divisor = modulus_limbs(d);
  const std::size_t d_size = divisor.size();
  SecretLimbs value(std::max(limbs_.size(), d_size));
  std::copy_n(limbs_.data(), limbs_.size(), value.data());
  SecretInteger out(bits_);
  const auto size = static_cast<mp_size_t>(d_size);
  SecretLimbs scratch(static_cast<std::size_t>(mpn_sec_div_qr_itch(size_of(value), size)));
  SecretLimbs digits(value.size() - d_size + 1);
  digits[value.size() - d_size] = mpn_sec_div_qr(digits.data(), value.data(), size_of(value),
                                                 divisor.data(), size, scratch.data());
  std::copy_n(digits.data(), std::min(digits.size(), out.limbs_.size()), out.limbs_.data());
  return out;
}

SecretInteger operator+(const SecretInteger& a, const SecretInteger& b) {
  SecretInteger out(std::max(a.bits_, b.bits_) + 1);
  SecretLimbs addend(out.limbs_.size());
  extend(a.limbs_, out.limbs_.data(), out.limbs_.size());
  extend(b.limbs_, addend.data(), addend.size());
  mpn_add_n(out.limbs_.data(), out.limbs_.data(), addend.data(), size_of(addend));
  return out;
}

SecretInteger operator-(const SecretInteger& a, const SecretInteger& b) {
  SecretInteger out(std::max(a.bits_, b.bits_) + 1);
  SecretLimbs subtrahend(out.limbs_.size());
  extend(a.limbs_, out.limbs_.data(), out.limbs_.size());
  extend(b.limbs_, subtrahend.data(), subtrahend.size());
  mpn_sub_n(out.limbs_.data(), out.limbs_.data(), subtrahend.data(), size_of(subtrahend));
  return out;
}

SecretInteger operator*(const SecretInteger& a, const SecretInteger& b) {
  const SecretInteger& longer = a.limbs_.size() >= b.limbs_.size() ? a : b;
  const SecretInteger& shorter = &longer == &a ? b : a;
  const SecretLimbs x = longer.absolute();
  const SecretLimbs y = shorter.absolute();
  SecretLimbs product(x.size() + y.size());
  SecretLimbs scratch(static_cast<std::size_t>(mpn_sec_mul_itch(size_of(x), size_of(y))));
  mpn_sec_mul(product.data(), x.data(), size_of(x), y.data(), size_of(y), scratch.data());
  negate_if(ct::mask(a.negative() ^ b.negative()), product.data(), product.data(), product.size());
  SecretInteger out(a.bits_ + b.bits_);
  extend(product, out.limbs_.data(), out.limbs_.size());
  return out;
}

SecretInteger select(mp_limb_t choice, const SecretInteger& a, const SecretInteger& b) {
  JCA_ASSERT(a.bits_ == b.bits_);
  SecretInteger out(a.bits_);
  const mp_limb_t mask = ct::mask(choice);
  for (std::size_t i = 0; i < out.limbs_.size(); ++i)
    out.limbs_[i] = (a.limbs_[i] & mask) | (b.limbs_[i] & ~mask);
  return out;
}

OddModulus::OddModulus(const Integer& m) : bits_(m.bits()), m_(limbs_for(bits_)), public_(m) {
  JCA_ASSERT(m.is_odd() && m > Integer(1));
  std::copy_n(mpz_limbs_read(m.gmp()), m_.size(), m_.data());
}

OddModulus::OddModulus(const SecretInteger& m) : bits_(m.bits()), m_(modulus_limbs(m)) {}

SecretInteger OddModulus::reduce(const SecretInteger& x) const {
  return x.mod(m_.data(), m_.size(), bits_);
}

SecretInteger OddModulus::mul(const SecretInteger& a, const SecretInteger& b) const {
  return reduce(a * b);
}

SecretInteger OddModulus::pow(const SecretInteger& base, const mp_limb_t* exponent,
                              unsigned exponent_bits) const {
  JCA_ASSERT(base.bits() == bits_);
  const mp_size_t size = size_of(m_);
  SecretLimbs scratch(static_cast<std::size_t>(mpn_sec_powm_itch(size, exponent_bits, size)));
  SecretInteger out(bits_);
  mpn_sec_powm(out.limbs().data(), base.limbs().data(), size, exponent, exponent_bits, m_.data(),
               size, scratch.data());
  return out;
}

SecretInteger OddModulus::pow(const SecretInteger& base, const SecretInteger& exponent) const {
  return pow(base, exponent.limbs().data(), exponent.bits() + 1);
}

SecretInteger OddModulus::pow(const Integer& base, const SecretInteger& exponent) const {
  JCA_ASSERT(public_.has_value());
  const auto inverse = base.inverse(*public_);
  JCA_ASSERT(inverse.has_value());
  const SecretInteger forward = SecretInteger::from(base.mod(*public_)).narrowed(bits_);
  const SecretInteger backward = SecretInteger::from(*inverse).narrowed(bits_);
  return pow(select(exponent.negative(), backward, forward), exponent.absolute().data(),
             exponent.bits() + 1);
}

}  // namespace jointca
