// tests/unit/crypto/secret_integer_test.cpp — constant-time integers against GMP's own.
#include "crypto/secret_integer.h"

#include <catch2/catch.hpp>
#include <gmpxx.h>

#include "tests/support/seeded_rng.h"

using namespace jointca;
using test::SeededRng;

namespace {

mpz_class plain(const Integer& value) { return mpz_class(value.gmp()); }
mpz_class plain(const SecretInteger& value) { return plain(value.reveal()); }

/// Random, or an edge: 0, ±1, ±2^k, ±(2^k − 1).
SecretInteger sample(unsigned bits, SeededRng& rng) {
  const Integer edge = Integer::power_of_two(bits);
  switch (rng.below(9)) {
    case 0:
      return SecretInteger::from(Integer()).narrowed(bits);
    case 1:
      return SecretInteger::from(Integer(1)).narrowed(bits);
    case 2:
      return SecretInteger::from(-Integer(1)).narrowed(bits);
    case 3:
      return SecretInteger::from(edge).narrowed(bits);
    case 4:
      return SecretInteger::from(-edge).narrowed(bits);
    case 5:
      return SecretInteger::from(edge - Integer(1)).narrowed(bits);
    default:
      return SecretInteger::random_signed(bits, rng);
  }
}

mpz_class floor_mod(const mpz_class& x, const mpz_class& m) {
  mpz_class out;
  mpz_mod(out.get_mpz_t(), x.get_mpz_t(), m.get_mpz_t());
  return out;
}

mpz_class power(const mpz_class& base, const mpz_class& exponent, const mpz_class& m) {
  mpz_class out;
  mpz_powm(out.get_mpz_t(), base.get_mpz_t(), exponent.get_mpz_t(), m.get_mpz_t());
  return out;
}

}  // namespace

TEST_CASE("secret sums, products, residues and quotients equal GMP's on random and edge values") {
  SeededRng rng(2);
  for (int i = 0; i < 4000; ++i) {
    const unsigned a_bits = 1 + static_cast<unsigned>(rng.below(260));
    const unsigned b_bits = 1 + static_cast<unsigned>(rng.below(260));
    const SecretInteger a = sample(a_bits, rng), b = sample(b_bits, rng);
    CHECK(plain(a + b) == plain(a) + plain(b));
    CHECK(plain(a - b) == plain(a) - plain(b));
    CHECK(plain(a * b) == plain(a) * plain(b));
    CHECK(a.reveal_is_zero() == (plain(a) == 0));
    CHECK(a.negative() == (plain(a) < 0 ? 1 : 0));
    const mpz_class m = abs(plain(b)) + 1;
    Integer public_m;
    mpz_set(public_m.gmp(), m.get_mpz_t());
    CHECK(plain(a.mod(public_m)) == floor_mod(plain(a), m));
    const SecretInteger secret_m = SecretInteger::from(public_m).narrowed(public_m.bits());
    CHECK(plain(a.mod(secret_m)) == floor_mod(plain(a), m));
    if (plain(a) >= 0) CHECK(plain(a.quotient(secret_m)) == plain(a) / m);
    const SecretInteger wide = b.narrowed(a_bits + b_bits), narrow = a.narrowed(a_bits + b_bits);
    CHECK(plain(select(1, narrow, wide)) == plain(a));
    CHECK(plain(select(0, narrow, wide)) == plain(b));
  }
}

TEST_CASE("secret powers equal GMP's, for public and secret moduli and either sign") {
  SeededRng rng(3);
  for (int i = 0; i < 300; ++i) {
    Integer m = SecretInteger::random_bits(2 + static_cast<unsigned>(rng.below(400)), rng).reveal();
    mpz_setbit(m.gmp(), 0);
    if (m == Integer(1)) continue;
    const OddModulus modulus(m);
    const OddModulus secret(SecretInteger::from(m).narrowed(m.bits()));
    Integer base = SecretInteger::random_below(m, rng).reveal();
    while (!base.is_unit(m)) base = base + Integer(1);
    const SecretInteger e = sample(1 + static_cast<unsigned>(rng.below(300)), rng);
    CHECK(plain(modulus.pow(base, e)) == power(plain(base), plain(e), plain(m)));
    if (e.negative() == 1) continue;
    const SecretInteger x = SecretInteger::from(base).narrowed(m.bits());
    CHECK(plain(secret.pow(x, e)) == power(plain(base), plain(e), plain(m)));
    CHECK(plain(secret.mul(x, x)) == floor_mod(plain(base) * plain(base), plain(m)));
  }
}

TEST_CASE("random secrets keep to their range and reach both halves of it") {
  SeededRng rng(4);
  for (const unsigned bits : {1U, 63U, 64U, 65U, 200U}) {
    int negative = 0;
    for (int i = 0; i < 200; ++i) {
      const Integer x = SecretInteger::random_signed(bits, rng).reveal();
      CHECK(x.within_power_of_two(bits));
      CHECK(x != Integer::power_of_two(bits));
      negative += x.is_negative() ? 1 : 0;
      CHECK(SecretInteger::random_bits(bits, rng).reveal().bits() <= bits);
      CHECK(SecretInteger::random_below(Integer(bits), rng).reveal() < Integer(bits));
    }
    CHECK(negative > 50);
    CHECK(negative < 150);
  }
}

TEST_CASE("a secret goes into bytes and back") {
  SeededRng rng(5);
  for (std::size_t size = 1; size < 40; ++size) {
    const SecretInteger x = SecretInteger::random_bits(static_cast<unsigned>(size * 8), rng);
    Bytes bytes(size + 3);
    x.write(bytes);
    CHECK(plain(SecretInteger::from_bytes(bytes)) == plain(x));
    CHECK(Integer::from_bytes(bytes) == x.reveal());
  }
}
