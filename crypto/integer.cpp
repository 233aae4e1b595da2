// crypto/integer.cpp — public integers, and the allocator that wipes what GMP frees.
#include "crypto/integer.h"

#include <cstdlib>
#include <cstring>

#include <sodium/utils.h>

#include "base/assert.h"

namespace jointca {
namespace {

void* allocate(std::size_t size) {
  void* block = std::malloc(size);  // NOLINT: what GMP asks of its allocator
  JCA_ASSERT(block != nullptr);
  return block;
}

void release(void* block, std::size_t size) {
  sodium_memzero(block, size);
  std::free(block);  // NOLINT: as above
}

/// Never in place: the allocator could leave a copy behind.
void* reallocate(void* old, std::size_t old_size, std::size_t size) {
  void* block = allocate(size);
  std::memcpy(block, old, std::min(old_size, size));
  release(old, old_size);
  return block;
}

/// The primes are searched with mpz functions, which free what they computed with.
void wipe_what_gmp_frees() {
  static const bool installed = [] {
    mp_set_memory_functions(allocate, reallocate, release);
    return true;
  }();
  static_cast<void>(installed);
}

}  // namespace

Integer::Integer() {  // NOLINT: mpz_init fills the member
  wipe_what_gmp_frees();
  mpz_init(value_);
}

Integer::Integer(std::uint64_t value) : Integer() {  // NOLINT: as above
  static_assert(sizeof(unsigned long) == sizeof(std::uint64_t));
  mpz_set_ui(value_, value);
}

Integer::Integer(const Integer& other) : Integer() {  // NOLINT: as above
  mpz_set(value_, other.value_);
}

Integer::Integer(Integer&& other) noexcept : Integer() {  // NOLINT: as above
  mpz_swap(value_, other.value_);
}

Integer& Integer::operator=(const Integer& other) {
  if (this != &other) mpz_set(value_, other.value_);
  return *this;
}

Integer& Integer::operator=(Integer&& other) noexcept {
  mpz_swap(value_, other.value_);
  return *this;
}

Integer Integer::from_bytes(BytesView magnitude) {
  Integer out;
  mpz_import(out.value_, magnitude.size(), 1, 1, 1, 0, magnitude.data());
  return out;
}

Integer Integer::power_of_two(unsigned exponent) {
  Integer out;
  mpz_setbit(out.value_, exponent);
  return out;
}

Bytes Integer::magnitude() const { return magnitude((bits() + 7) / 8); }

Bytes Integer::magnitude(std::size_t size) const {
  const std::size_t needed = (bits() + 7) / 8;
  JCA_ASSERT(needed <= size);
  Bytes out(size);
  mpz_export(out.data() + (size - needed), nullptr, 1, 1, 1, 0, value_);
  return out;
}

unsigned Integer::bits() const {
  return is_zero() ? 0 : static_cast<unsigned>(mpz_sizeinbase(value_, 2));
}

bool Integer::within_power_of_two(unsigned exponent) const {
  return mpz_cmpabs(value_, power_of_two(exponent).value_) <= 0;
}

bool Integer::is_probably_prime() const { return mpz_probab_prime_p(value_, 56) != 0; }

bool Integer::is_perfect_power() const { return mpz_perfect_power_p(value_) != 0; }

Integer Integer::mod(const Integer& m) const {
  JCA_ASSERT(mpz_sgn(m.value_) > 0);
  Integer out;
  mpz_mod(out.value_, value_, m.value_);
  return out;
}

std::optional<Integer> Integer::inverse(const Integer& m) const {
  Integer out;
  if (mpz_invert(out.value_, value_, m.value_) == 0) return std::nullopt;
  return out;
}

bool Integer::is_unit(const Integer& m) const {
  return mpz_sgn(value_) > 0 && *this < m && gcd(*this, m) == Integer(1);
}

Integer operator+(const Integer& a, const Integer& b) {
  Integer out;
  mpz_add(out.value_, a.value_, b.value_);
  return out;
}

Integer operator-(const Integer& a, const Integer& b) {
  Integer out;
  mpz_sub(out.value_, a.value_, b.value_);
  return out;
}

Integer operator*(const Integer& a, const Integer& b) {
  Integer out;
  mpz_mul(out.value_, a.value_, b.value_);
  return out;
}

Integer gcd(const Integer& a, const Integer& b) {
  Integer out;
  mpz_gcd(out.gmp(), a.gmp(), b.gmp());
  return out;
}

int jacobi(const Integer& a, const Integer& n) {
  JCA_ASSERT(n.is_odd() && !n.is_negative());
  return mpz_jacobi(a.gmp(), n.gmp());
}

Integer pow_mod(const Integer& base, const Integer& exponent, const Integer& m) {
  JCA_ASSERT(!m.is_zero() && !m.is_negative());
  if (exponent.is_negative()) {
    const auto inverse = base.inverse(m);
    return inverse ? pow_mod(*inverse, -exponent, m) : Integer();
  }
  Integer out;
  mpz_powm(out.gmp(), base.gmp(), exponent.gmp(), m.gmp());
  return out;
}

void encode(const Integer& value, Writer& out) {
  const Bytes magnitude = value.magnitude();
  JCA_ASSERT(magnitude.size() < 0xffff);
  out.integer(static_cast<std::uint16_t>(magnitude.size() + 1));
  out.integer(std::uint8_t{value.is_negative()}).bytes(magnitude);
}

Parsed<Integer> read_integer(Reader& in, IntegerLimit limit) {
  JCA_ASSIGN(const BytesView raw, in.prefixed16(1 + (limit.bits + 7) / 8));
  if (raw.empty()) return in.fail("an integer without a sign");
  const std::uint8_t sign = raw.front();
  const BytesView magnitude = raw.subspan(1);
  if (sign > 1 || (sign == 1 && (!limit.is_signed || magnitude.empty())))
    return in.fail("a sign that this integer may not have");
  if (!magnitude.empty() && magnitude.front() == 0) return in.fail("a leading zero");
  Integer value = Integer::from_bytes(magnitude);
  if (value.bits() > limit.bits) return in.fail("out of range");
  return sign == 1 ? -value : value;
}

}  // namespace jointca
