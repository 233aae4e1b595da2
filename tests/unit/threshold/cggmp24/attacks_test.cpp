// tests/unit/threshold/cggmp24/attacks_test.cpp — published attacks on these proofs, each made as
// its author would, and refused.
#include <catch2/catch.hpp>

#include "tests/unit/threshold/cggmp24/cases.h"
#include "tests/unit/threshold/cggmp24/slow.h"

using namespace jointca;
using namespace jointca::test;
using cggmp24::Production;
using cggmp24::Toy;
using slow::mod;
using slow::power;
using slow::Z;
using slow::z;

namespace {

/// A prime of exactly `bits` bits, ≡ residue mod 4.
Z prime_of(unsigned bits, unsigned residue, Rng& rng) {
  Z n = z(SecretInteger::random_bits(bits - 2, rng).reveal());
  mpz_setbit(n.get_mpz_t(), bits - 1);
  mpz_setbit(n.get_mpz_t(), bits - 2);
  for (;;) {
    mpz_nextprime(n.get_mpz_t(), n.get_mpz_t());
    if (n % 4 == residue) return n;
  }
}

/// A root of its root that is itself a square, of `x` mod the prime r; 0 if x is no fourth power.
Z fourth_root(const Z& x, const Z& r) {
  // Enough for r ≡ 3 mod 4, where every square is a fourth power.
  const Z e = (r + 1) / 4;
  const Z root = power(power(x, e, r), e, r);
  return power(root, 4, r) == mod(x, r) ? root : Z(0);
}

/// The x in [0, pq) with both residues.
Z combine(const Z& a, const Z& p, const Z& b, const Z& q) {
  return mod(a * q * slow::inverse(q, p) + b * p * slow::inverse(p, q), p * q);
}

/// The best that a prover can do for N = p·q with these w and bits: roots where there are any.
cggmp24::mod::Proof best_effort(const Context& context, const PaillierPublicKey& key, const Z& p,
                                const Z& q, const Z& w) {
  const Z N = p * q, phi = (p - 1) * (q - 1);
  cggmp24::mod::Proof proof;
  proof.w = slow::integer(w);
  for (const Integer& challenge : cggmp24::mod::challenge(context, {key}, proof)) {
    const Z y = z(challenge);
    Z x = 1;
    std::uint8_t a = 0, b = 0;
    for (int k = 0; k < 4; ++k) {
      const Z square = mod((k % 2 == 1 ? -1 : 1) * (k / 2 == 1 ? w : Z(1)) * y, N);
      const Z at_p = fourth_root(square, p), at_q = fourth_root(square, q);
      const Z root = combine(at_p, p, at_q, q);
      if (power(root, 4, N) != square) continue;
      x = root;
      a = static_cast<std::uint8_t>(k % 2);
      b = static_cast<std::uint8_t>(k / 2);
    }
    proof.x.push_back(slow::integer(x));
    proof.a.push_back(a);
    proof.b.push_back(b);
    proof.z.push_back(slow::integer(power(y, slow::inverse(N, phi), N)));
  }
  return proof;
}

std::string verdict(const cggmp24::Checked& checked) {
  return checked ? "" : std::string(checked.error());
}

}  // namespace

TEST_CASE("P2: a modulus that is prime, a square, of three primes or not Blum is refused") {
  SeededRng rng(1);
  const Context context = some_context<Toy>();
  const auto judged = [&](const Z& p, const Z& q) {
    const Z N = p * q;
    const auto key = PaillierPublicKey::from(
        slow::integer(N), static_cast<unsigned>(mpz_sizeinbase(N.get_mpz_t(), 2)));
    REQUIRE(key);
    Z w = 2;
    while (mpz_jacobi(w.get_mpz_t(), N.get_mpz_t()) == 1) ++w;
    return verdict(cggmp24::mod::verify(context, {*key}, best_effort(context, *key, p, q, w)));
  };
  const Z blum = prime_of(300, 3, rng), other = prime_of(300, 3, rng);
  CHECK(judged(blum, other).empty());  // so the prover here is able
  CHECK(judged(blum, prime_of(300, 1, rng)) == "cggmp24.mod.fourth_root");
  CHECK(judged(prime_of(300, 1, rng), prime_of(300, 1, rng)) == "cggmp24.mod.fourth_root");
  CHECK(judged(blum, prime_of(150, 3, rng) * prime_of(150, 3, rng)) == "cggmp24.mod.fourth_root");

  cggmp24::mod::Proof proof = ModCase<Toy>(context, rng).proof;
  const auto structure = [&](const Z& N) {
    const auto key = PaillierPublicKey::from(
        slow::integer(N), static_cast<unsigned>(mpz_sizeinbase(N.get_mpz_t(), 2)));
    return key ? verdict(cggmp24::mod::verify(context, {*key}, proof)) : "no key";
  };
  CHECK(structure(blum) == "cggmp24.mod.N");
  CHECK(structure(blum * blum) == "cggmp24.mod.N");
  CHECK(structure(blum * blum * blum) == "cggmp24.mod.N");
  CHECK(structure(blum * 2) == "no key");
}

TEST_CASE("P2: where N and φ(N) have a common factor there are no N-th roots") {
  SeededRng rng(2);
  const Context context = some_context<Toy>();
  // q ≡ 1 mod p, so that p divides gcd(N, φ(N)).
  const Z p = prime_of(150, 3, rng);
  Z q = 2 * p + 1;
  while (mpz_probab_prime_p(q.get_mpz_t(), 30) == 0 || q % 4 != 3) q += 2 * p;
  const Z N = p * q;
  const auto key = PaillierPublicKey::from(slow::integer(N),
                                           static_cast<unsigned>(mpz_sizeinbase(N.get_mpz_t(), 2)));
  Z w = 2;
  while (mpz_jacobi(w.get_mpz_t(), N.get_mpz_t()) != -1) ++w;
  auto proof = best_effort(context, *key, p, q, w);
  for (Integer& root : proof.z) root = Integer(2);
  CHECK(verdict(cggmp24::mod::verify(context, {*key}, proof)) == "cggmp24.mod.nth_root");
}

TEST_CASE("P2: a small factor shows in the challenges") {
  SeededRng rng(3);
  const Context context = some_context<Toy>();
  cggmp24::mod::Proof proof = ModCase<Toy>(context, rng).proof;
  const Z N = 3 * prime_of(600, 3, rng);
  const auto key = PaillierPublicKey::from(slow::integer(N),
                                           static_cast<unsigned>(mpz_sizeinbase(N.get_mpz_t(), 2)));
  Z w = 2;
  while (mpz_jacobi(w.get_mpz_t(), N.get_mpz_t()) != -1) ++w;
  proof.w = slow::integer(w);
  CHECK(verdict(cggmp24::mod::verify(context, {*key}, proof)) == "cggmp24.mod.y");
}

TEST_CASE("P3: w ≡ 1 mod p and ≡ 0 mod q, which answers for any N, is refused") {
  // CVE-2025-66016. With b_i = 1, w·y_i ≡ 0 mod q has the fourth root 0, so that nothing has to be
  // a square mod q: here q ≡ 1 mod 4, for which N is no Blum modulus.
  SeededRng rng(4);
  const Context context = some_context<Toy>();
  const Z p = prime_of(300, 3, rng), q = prime_of(300, 1, rng), N = p * q;
  const auto key = PaillierPublicKey::from(slow::integer(N),
                                           static_cast<unsigned>(mpz_sizeinbase(N.get_mpz_t(), 2)));
  const Z w = combine(1, p, 0, q);
  const Z phi = (p - 1) * (q - 1);
  cggmp24::mod::Proof proof;
  proof.w = slow::integer(w);
  bool equations = true;
  for (const Integer& challenge : cggmp24::mod::challenge(context, {*key}, proof)) {
    const Z y = z(challenge);
    const Z at_p = fourth_root(y, p);
    const bool negated = at_p == 0;
    const Z root = combine(negated ? fourth_root(-y, p) : at_p, p, 0, q);
    proof.x.push_back(slow::integer(root));
    proof.a.push_back(negated ? 1 : 0);
    proof.b.push_back(1);
    proof.z.push_back(slow::integer(power(y, slow::inverse(N, phi), N)));
    equations = equations && power(root, 4, N) == mod((negated ? -1 : 1) * w * y, N);
    equations = equations && power(z(proof.z.back()), N, N) == y;
  }
  CHECK(equations);  // the printed equations all hold
  CHECK(verdict(cggmp24::mod::verify(context, {*key}, proof)) == "cggmp24.mod.w");
}

TEST_CASE("P5: s that is no power of t is refused") {
  SeededRng rng(5);
  const Context context = some_context<Toy>();
  const RingPedersenSecret& own = toy_party(0).pedersen;
  // −s is a non-residue times s, outside of ⟨t⟩; the prover answers as if it were s.
  const RingPedersen& setup = own.setup();
  const auto lie = RingPedersen::from(setup.modulus(), setup.modulus() - setup.s(), setup.t(),
                                      setup.modulus().bits());
  REQUIRE(lie);
  cggmp24::prm::Proof proof;
  std::vector<SecretInteger> a;
  const SecretInteger phi = own.primes().phi();
  for (std::size_t i = 0; i < context.parameters.repetitions; ++i) {
    a.push_back(SecretInteger::random_below(phi, rng));
    proof.A.push_back(pow_mod(setup.t(), a.back().reveal(), setup.modulus()));
  }
  const auto e = cggmp24::prm::challenge(context, {*lie}, proof);
  for (std::size_t i = 0; i < e.size(); ++i)
    proof.z.push_back(
        (a[i] + SecretInteger::from(Integer(e[i] ? 1 : 0)) * own.lambda()).mod(phi).reveal());
  CHECK(verdict(cggmp24::prm::verify(context, {*lie}, proof)) == "cggmp24.prm.power");
}

TEST_CASE("P1: with production parameters a factor of 16 or 255 bits is refused") {
  SeededRng rng(6);
  const Context context = some_context<Production>();
  const RingPedersen& setup = verifier_setup<Production>();
  // The other factor need not be prime for Πfac.
  for (const unsigned bits : {16U, 255U}) {
    const SecretInteger p = SecretInteger::from(slow::integer(prime_of(bits, 3, rng)));
    Integer q = SecretInteger::random_bits(3072 - bits - 1, rng).reveal();
    mpz_setbit(q.gmp(), 3072 - bits);
    mpz_setbit(q.gmp(), 3072 - bits - 1);
    mpz_setbit(q.gmp(), 0);
    while ((p.reveal() * q).bits() > 3072) q = Integer::power_of_two(3072 - bits) - Integer(1);
    if ((p.reveal() * q).bits() < 3072) q = q + q + Integer(1);
    const auto key = PaillierPublicKey::from(p.reveal() * q, 3072);
    REQUIRE(key);
    const SecretInteger other = SecretInteger::from(q);
    const auto proof = cggmp24::fac::prove(context, setup, {*key}, {p, other}, rng);
    CHECK(verdict(cggmp24::fac::verify(context, setup, {*key}, proof)) == "cggmp24.fac.z2");
    const auto swapped = cggmp24::fac::prove(context, setup, {*key}, {other, p}, rng);
    CHECK(verdict(cggmp24::fac::verify(context, setup, {*key}, swapped)) == "cggmp24.fac.z1");
  }
}

TEST_CASE("the proofs of every presignature hold with production parameters") {
  SeededRng rng(7);
  const Context context = some_context<Production>();
  const RingPedersen& setup = verifier_setup<Production>();
  const EncElgCase<Production> enc_elg(context, rng);
  CHECK(
      verdict(cggmp24::enc_elg::verify(context, setup, enc_elg.statement, enc_elg.proof)).empty());
  const AffGCase<Production> aff_g(context, rng);
  CHECK(verdict(cggmp24::aff_g::verify(context, setup, aff_g.statement, aff_g.proof)).empty());
  const FacCase<Production> fac(context, rng);
  CHECK(verdict(cggmp24::fac::verify(context, setup, fac.statement, fac.proof)).empty());
}
