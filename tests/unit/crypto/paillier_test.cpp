// tests/unit/crypto/paillier_test.cpp — safe primes, arithmetic by factors, Paillier's encryption
// and ring-Pedersen commitments, each against GMP's plain functions.
#include "crypto/paillier.h"

#include <iostream>

#include <catch2/catch.hpp>
#include <gmpxx.h>

#include "crypto/prime.h"
#include "crypto/ring_pedersen.h"
#include "tests/support/seeded_rng.h"
#include "tests/unit/crypto/safe_primes.h"

using namespace jointca;
using test::SeededRng;

namespace {

mpz_class plain(const Integer& value) { return mpz_class(value.gmp()); }
mpz_class plain(const SecretInteger& value) { return plain(value.reveal()); }

mpz_class power(const mpz_class& base, const mpz_class& exponent, const mpz_class& m) {
  mpz_class out;
  mpz_powm(out.get_mpz_t(), base.get_mpz_t(), exponent.get_mpz_t(), m.get_mpz_t());
  return out;
}

}  // namespace

// The command that made tests/unit/crypto/safe_primes.h: unit_crypto '[.primes]'
TEST_CASE("print safe primes", "[.primes]") {
  SystemRng rng;
  for (const unsigned bits : {576U, 1536U})
    for (int i = 0; i < 12; ++i)
      std::cout << to_hex(random_safe_prime(bits, rng).reveal().magnitude()) << "\n";
}

TEST_CASE("a random safe prime is one, of the length and form that was asked for") {
  SeededRng rng(1);
  for (const unsigned bits : {64U, 65U, 128U, 200U, 257U}) {
    const Integer p = random_safe_prime(bits, rng).reveal();
    CHECK(p.bits() == bits);
    CHECK(p > Integer::power_of_two(bits - 1) + Integer::power_of_two(bits - 2));
    CHECK(p.mod(Integer(4)) == Integer(3));
    CHECK(p.is_probably_prime());
    const mpz_class half = plain(p) / 2;
    CHECK(mpz_probab_prime_p(half.get_mpz_t(), 40) != 0);
    CHECK(random_safe_prime(bits, rng).reveal() != p);
  }
}

TEST_CASE("the fixed primes of the tests are safe primes") {
  for (const auto& primes : {test::toy_primes, test::production_primes})
    for (std::size_t i = 0; i < 2; ++i) {
      const Integer p = Integer::from_bytes(*from_hex(primes[i]));
      CHECK(p.is_probably_prime());
      const mpz_class half = plain(p) / 2;
      CHECK(mpz_probab_prime_p(half.get_mpz_t(), 20) != 0);
    }
}

TEST_CASE("a pair of primes refuses what would not give a Blum modulus of full length") {
  const auto pair = [](const char* p, const char* q) {
    return PrimePair::from(SecretInteger::from_bytes(*from_hex(p)),
                           SecretInteger::from_bytes(*from_hex(q)))
        .has_value();
  };
  CHECK(pair("c00000000000000b", "f00000000000000b"));
  CHECK(!pair("c00000000000000b", "c00000000000000b"));    // equal
  CHECK(!pair("c000000000000009", "f00000000000000b"));    // 1 mod 4
  CHECK(!pair("c00000000000000b", "b00000000000000b"));    // second bit
  CHECK(!pair("7ffffffffffffffb", "f00000000000000b"));    // first bit
  CHECK(!pair("c0000000000000000b", "f00000000000000b"));  // lengths
}

TEST_CASE("arithmetic by factors equals arithmetic without") {
  SeededRng rng(2);
  const PrimePair pair = test::toy_pair(0);
  const mpz_class N = plain(pair.modulus()), p = plain(pair.p()), q = plain(pair.q());
  const mpz_class phi = (p - 1) * (q - 1);
  CHECK(N == p * q);
  CHECK(plain(pair.phi()) == phi);
  for (int i = 0; i < 5; ++i) {
    const SecretInteger x = SecretInteger::random_below(pair.modulus(), rng);
    const SecretInteger e = SecretInteger::random_bits(900, rng);
    CHECK(plain(pair.pow(x, e)) == power(plain(x), plain(e), N));
    CHECK(power(plain(pair.nth_root(x)), N, N) == plain(x));
    const SecretInteger square = OddModulus(pair.modulus()).mul(x, x);
    const mpz_class root = plain(pair.fourth_root(square));
    CHECK(power(root, 4, N) == plain(square));
    const mpz_class square_root = power(root, 2, N);
    CHECK(mpz_jacobi(square_root.get_mpz_t(), p.get_mpz_t()) == 1);
    CHECK(mpz_jacobi(root.get_mpz_t(), q.get_mpz_t()) == 1);
    const auto [mod_p, mod_q] = pair.reveal_squares(x);
    CHECK(mod_p == (mpz_jacobi(plain(x).get_mpz_t(), p.get_mpz_t()) == 1));
    CHECK(mod_q == (mpz_jacobi(plain(x).get_mpz_t(), q.get_mpz_t()) == 1));
  }
}

TEST_CASE("encryption is Paillier's, with and without the factors, and opens") {
  SeededRng rng(3);
  const PaillierSecretKey key(test::toy_pair(0));
  const PaillierPublicKey& pk = key.public_key();
  const mpz_class N = plain(pk.modulus()), N2 = N * N;
  const Integer half =
      Integer::from_bytes(Bytes(1)) + Integer::power_of_two(pk.modulus().bits() - 2);
  for (const Integer& x : {Integer(), Integer(1), -Integer(1), half, -half,
                           SecretInteger::random_signed(900, rng).reveal()}) {
    const SecretInteger secret = SecretInteger::from(x);
    const SecretInteger rho = pk.random_nonce(rng);
    const mpz_class want = power(1 + N, plain(x), N2) * power(plain(rho), N, N2) % N2;
    const Integer c = key.encrypt(secret, rho).reveal();
    CHECK(plain(c) == want);
    CHECK(pk.encrypt(secret, rho).reveal() == c);
    CHECK(pk.encrypt(x, rho.reveal()) == c);
    CHECK(key.decrypt(c).reveal() == x);
    CHECK(key.nonce_of(c).reveal() == rho.reveal());
    CHECK(pk.is_ciphertext(c));
  }
}

TEST_CASE("sums and multiples of ciphertexts are those of their plaintexts") {
  SeededRng rng(4);
  const PaillierSecretKey key(test::toy_pair(0));
  const PaillierPublicKey& pk = key.public_key();
  const SecretInteger x = SecretInteger::random_signed(300, rng);
  const SecretInteger y = SecretInteger::random_signed(300, rng);
  const Integer c = key.encrypt(x, pk.random_nonce(rng)).reveal();
  const Integer d = key.encrypt(y, pk.random_nonce(rng)).reveal();
  CHECK(plain(key.decrypt(pk.add(c, d))) == plain(x) + plain(y));
  CHECK(plain(key.decrypt(pk.sub(c, d))) == plain(x) - plain(y));
  for (const int sign : {1, -1}) {
    const Integer k = sign > 0 ? Integer(12345) : -Integer(12345);
    CHECK(plain(key.decrypt(pk.mul(c, k))) == plain(x) * 12345 * sign);
    CHECK(pk.mul(c, SecretInteger::from(k)).reveal() == pk.mul(c, k));
  }
  CHECK(pk.add(SecretInteger::from(c).narrowed(pk.modulus_squared().bits()),
               SecretInteger::from(d).narrowed(pk.modulus_squared().bits()))
            .reveal() == pk.add(c, d));
  const SecretInteger r = pk.random_nonce(rng), rho = pk.random_nonce(rng);
  for (const std::uint64_t e : {0U, 1U, 77U})
    CHECK(pk.fold_nonces(r, rho, Integer(e)).reveal() ==
          (r.reveal() * pow_mod(rho.reveal(), Integer(e), pk.modulus())).mod(pk.modulus()));
}

TEST_CASE("a ciphertext outside its group, a nonce that is no unit, an odd-sized key are refused") {
  const PaillierSecretKey key(test::toy_pair(0));
  const PaillierPublicKey& pk = key.public_key();
  const Integer p = key.primes().p().reveal();
  for (const Integer& bad : {Integer(), pk.modulus(), p, p * Integer(3), pk.modulus_squared(),
                             pk.modulus_squared() + Integer(1), -Integer(1)})
    CHECK(!pk.is_ciphertext(bad));
  CHECK(pk.is_ciphertext(Integer(1)));
  CHECK(pk.is_ciphertext(pk.modulus_squared() - Integer(1)));
  for (const Integer& bad : {Integer(), p, pk.modulus(), pk.modulus() + Integer(1), -Integer(1)})
    CHECK(!pk.is_nonce(bad));
  const unsigned bits = pk.modulus().bits();
  CHECK(PaillierPublicKey::from(pk.modulus(), bits).has_value());
  CHECK(!PaillierPublicKey::from(pk.modulus(), bits + 1).has_value());
  CHECK(!PaillierPublicKey::from(pk.modulus() - Integer(1), bits).has_value());
  CHECK(!PaillierPublicKey::from(-pk.modulus(), bits).has_value());
}

TEST_CASE("a ring-Pedersen commitment is s^x t^y, and degenerate generators are refused") {
  SeededRng rng(5);
  const auto secret = RingPedersenSecret::generate(test::toy_pair(1), rng);
  const RingPedersen& setup = secret.setup();
  const mpz_class N = plain(setup.modulus());
  CHECK(power(plain(setup.t()), plain(secret.lambda()), N) == plain(setup.s()));
  CHECK(mpz_jacobi(plain(setup.t()).get_mpz_t(), N.get_mpz_t()) == 1);
  for (int i = 0; i < 4; ++i) {
    const SecretInteger x = SecretInteger::random_signed(300, rng);
    const SecretInteger y = SecretInteger::random_signed(1500, rng);
    const mpz_class want =
        power(plain(setup.s()), plain(x), N) * power(plain(setup.t()), plain(y), N) % N;
    CHECK(plain(setup.commit(x, y)) == want);
    CHECK(plain(setup.commit(x.reveal(), y.reveal())) == want);
  }
  const unsigned bits = setup.modulus().bits();
  const auto accepted = [&](const Integer& n, const Integer& s, const Integer& t) {
    return RingPedersen::from(n, s, t, bits).has_value();
  };
  CHECK(accepted(setup.modulus(), setup.s(), setup.t()));
  for (const Integer& bad : {Integer(), Integer(1), setup.modulus() - Integer(1), setup.modulus(),
                             secret.primes().p().reveal(), setup.modulus() + Integer(4)}) {
    CHECK(!accepted(setup.modulus(), bad, setup.t()));
    CHECK(!accepted(setup.modulus(), setup.s(), bad));
  }
  CHECK(!accepted(setup.modulus(), setup.t(), setup.t()));
  CHECK(!accepted(setup.modulus() + Integer(1), setup.s(), setup.t()));
  CHECK(!accepted(setup.modulus() * Integer(3), setup.s(), setup.t()));
}

TEST_CASE("production keys encrypt and decrypt") {
  SeededRng rng(6);
  const PaillierSecretKey key(test::production_pair(0));
  CHECK(key.public_key().modulus().bits() == 3072);
  const SecretInteger x = SecretInteger::random_signed(1792, rng);
  const SecretInteger rho = key.public_key().random_nonce(rng);
  const Integer c = key.encrypt(x, rho).reveal();
  CHECK(c == key.public_key().encrypt(x.reveal(), rho.reveal()));
  CHECK(key.decrypt(c).reveal() == x.reveal());
}
