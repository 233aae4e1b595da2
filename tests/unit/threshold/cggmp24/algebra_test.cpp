// tests/unit/threshold/cggmp24/algebra_test.cpp — the proofs against the slow equations of slow.h,
// both ways: what we prove they accept, and what a prover by the paper makes, we accept.
#include <catch2/catch.hpp>

#include "tests/unit/threshold/cggmp24/cases.h"
#include "tests/unit/threshold/cggmp24/slow.h"

using namespace jointca;
using namespace jointca::test;
using cggmp24::Toy;
using slow::encrypt;
using slow::G;
using slow::mod;
using slow::p;
using slow::power;
using slow::Z;
using slow::z;

namespace {

struct Setup {
  explicit Setup(const RingPedersen& setup)
      : N(z(setup.modulus())), s(z(setup.s())), t(z(setup.t())) {}
  [[nodiscard]] Z commit(const Z& x, const Z& y) const {
    return mod(power(s, x, N) * power(t, y, N), N);
  }
  Z N, s, t;
};

template <class Case>
auto challenge_of(const Context& context, const Case& example) {
  return challenge_with(context, verifier_setup<Toy>(), example.statement, example.proof);
}
template <class Case>
bool accepts(const Context& context, const Case& example) {
  return verify_with(context, verifier_setup<Toy>(), example.statement, example.proof).has_value();
}

/// Uniform in ±2^bits.
Z random(unsigned bits, Rng& rng) { return z(SecretInteger::random_signed(bits, rng).reveal()); }
Z random_unit(const Z& N, Rng& rng) {
  return z(SecretInteger::random_below(slow::integer(N), rng).reveal());
}
p256::Scalar scalar(const Z& value) { return p256::Scalar::reduce(slow::integer(value)); }

}  // namespace

TEST_CASE("the plain equations of Πenc-elg hold for ours, and ours for a plain prover") {
  SeededRng rng(1);
  const Context context = some_context<Toy>();
  EncElgCase<Toy> example(context, rng);
  const Setup R(verifier_setup<Toy>());
  const auto& s = example.statement;
  auto& f = example.proof;
  const Z N = z(s.key.modulus()), C = z(s.C);
  const auto holds = [&] {
    const Z e = z(challenge_of(context, example));
    return encrypt(N, z(f.z1), z(f.z2)) == mod(z(f.D) * power(C, e, N * N), N * N) &&
           z(f.w) * p(s.A) + z(f.z1) * G == p(f.Y) + e * p(s.X) &&
           z(f.w) * G == p(f.Z) + e * p(s.B) &&
           R.commit(z(f.z1), z(f.z3)) == mod(z(f.T) * power(z(f.S), e, R.N), R.N);
  };
  CHECK(holds());

  const auto& set = context.parameters;
  const Z x = z(example.x.reveal()), rho = z(example.rho.reveal()), b = z(example.b.reveal());
  const Z alpha = random(set.ell + set.epsilon, rng), mu = random(set.ell + 1152, rng);
  const Z gamma = random(set.ell + set.epsilon + 1152, rng), beta = random_unit(slow::order, rng);
  const Z r = random_unit(N, rng);
  f.S = slow::integer(R.commit(x, mu));
  f.T = slow::integer(R.commit(alpha, gamma));
  f.D = slow::integer(encrypt(N, alpha, r));
  f.Y = mul_add_vartime(scalar(beta), s.A, scalar(alpha));
  f.Z = base_mul_vartime(scalar(beta));
  const Z e = z(challenge_of(context, example));
  f.z1 = slow::integer(alpha + e * x);
  f.z2 = slow::integer(mod(r * power(rho, e, N), N));
  f.z3 = slow::integer(gamma + e * mu);
  f.w = scalar(beta + e * b);
  CHECK(accepts(context, example));
  CHECK(holds());
}

TEST_CASE("the plain equations of Πaff-g hold for ours, and ours for a plain prover") {
  SeededRng rng(2);
  const Context context = some_context<Toy>();
  AffGCase<Toy> example(context, rng);
  const Setup R(verifier_setup<Toy>());
  const auto& s = example.statement;
  auto& f = example.proof;
  const Z N0 = z(s.receiver.modulus()), N1 = z(s.prover.modulus());
  const auto holds = [&] {
    const Z e = z(challenge_of(context, example));
    return mod(power(z(s.C), z(f.z1), N0 * N0) * encrypt(N0, z(f.z2), z(f.w)), N0 * N0) ==
               mod(z(f.A) * power(z(s.D), e, N0 * N0), N0 * N0) &&
           z(f.z1) * G == p(f.B_x) + e * p(s.X) &&
           encrypt(N1, z(f.z2), z(f.w_y)) == mod(z(f.B_y) * power(z(s.Y), e, N1 * N1), N1 * N1) &&
           R.commit(z(f.z1), z(f.z3)) == mod(z(f.E) * power(z(f.S), e, R.N), R.N) &&
           R.commit(z(f.z2), z(f.z4)) == mod(z(f.F) * power(z(f.T), e, R.N), R.N);
  };
  CHECK(holds());

  const auto& set = context.parameters;
  const Z x = z(example.x.reveal()), y = z(example.y.reveal());
  const Z rho = z(example.rho.reveal()), rho_y = z(example.rho_y.reveal());
  const Z alpha = random(set.ell + set.epsilon, rng);
  const Z beta = random(set.ell_prime + set.epsilon, rng);
  const Z r = random_unit(N0, rng), r_y = random_unit(N1, rng);
  const Z gamma = random(set.ell + set.epsilon + 1152, rng), m = random(set.ell + 1152, rng);
  const Z delta = random(set.ell + set.epsilon + 1152, rng), mu = random(set.ell + 1152, rng);
  f.A = slow::integer(mod(power(z(s.C), alpha, N0 * N0) * encrypt(N0, beta, r), N0 * N0));
  f.B_x = base_mul_vartime(scalar(alpha));
  f.B_y = slow::integer(encrypt(N1, beta, r_y));
  f.E = slow::integer(R.commit(alpha, gamma));
  f.S = slow::integer(R.commit(x, m));
  f.F = slow::integer(R.commit(beta, delta));
  f.T = slow::integer(R.commit(y, mu));
  const Z e = z(challenge_of(context, example));
  f.z1 = slow::integer(alpha + e * x);
  f.z2 = slow::integer(beta + e * y);
  f.z3 = slow::integer(gamma + e * m);
  f.z4 = slow::integer(delta + e * mu);
  f.w = slow::integer(mod(r * power(rho, e, N0), N0));
  f.w_y = slow::integer(mod(r_y * power(rho_y, e, N1), N1));
  CHECK(accepts(context, example));
  CHECK(holds());
}

TEST_CASE("the plain equations of Πaff-g* hold for ours") {
  SeededRng rng(3);
  const Context context = some_context<Toy>();
  const AffGStarCase<Toy> example(context, rng);
  const auto& s = example.statement;
  const auto& f = example.proof;
  const Z N0 = z(s.receiver.modulus()), N1 = z(s.prover.modulus());
  const auto bits = challenge_of(context, example);
  for (std::size_t k = 0; k < bits.size(); ++k) {
    const Z e = bits[k] ? 1 : 0;
    CHECK(mod(power(z(s.C), z(f.z1[k]), N0 * N0) * encrypt(N0, z(f.z2[k]), z(f.w[k])), N0 * N0) ==
          mod(z(f.A[k]) * power(z(s.D), e, N0 * N0), N0 * N0));
    CHECK(z(f.z1[k]) * G == p(f.B_x[k]) + e * p(s.X));
    CHECK(encrypt(N1, z(f.z2[k]), z(f.w_y[k])) ==
          mod(z(f.B_y[k]) * power(z(s.Y), e, N1 * N1), N1 * N1));
  }
}

TEST_CASE("the plain equations of Πdec hold for ours, and its statement is what the text says") {
  SeededRng rng(4);
  const Context context = some_context<Toy>();
  const DecCase<Toy> example(context, rng);
  const auto& s = example.statement;
  const auto& f = example.proof;
  const Z N = z(s.key.modulus());
  const Z x = z(example.x.reveal()), y = z(example.y.reveal()), rho = z(example.rho.reveal());
  CHECK(mod(power(z(s.K), x, N * N) * z(s.D), N * N) == encrypt(N, y, rho));
  CHECK(y * p(s.H) == p(s.S));
  const auto bits = challenge_of(context, example);
  for (std::size_t k = 0; k < bits.size(); ++k) {
    const Z e = bits[k] ? 1 : 0;
    CHECK(mod(encrypt(N, z(f.w[k]), z(f.nu[k])) * power(z(s.K), -z(f.z[k]), N * N), N * N) ==
          mod(z(f.A[k]) * power(z(s.D), e, N * N), N * N));
    CHECK(z(f.z[k]) * G == p(f.C[k]) + e * p(s.X));
    CHECK(z(f.w[k]) * p(s.H) == p(f.B[k]) + e * p(s.S));
  }
}

TEST_CASE("the plain equations of Πelog and Πsch hold for ours") {
  SeededRng rng(5);
  const Context context = some_context<Toy>();
  const ElogCase<Toy> elog(context, rng);
  const auto& s = elog.statement;
  const auto& f = elog.proof;
  const Z e = z(challenge_of(context, elog));
  CHECK(z(f.z) * G == p(f.A) + e * p(s.L));
  CHECK(z(f.u) * G + z(f.z) * p(s.X) == p(f.N) + e * p(s.M));
  CHECK(z(f.u) * p(s.H) == p(f.B) + e * p(s.Y));
  const SchCase<Toy> sch(context, rng);
  CHECK(z(sch.proof.z) * G == p(sch.proof.A) + z(challenge_of(context, sch)) * p(sch.statement.X));
}

TEST_CASE("the plain equations of Πfac hold for ours, and ours for a plain prover") {
  SeededRng rng(6);
  const Context context = some_context<Toy>();
  FacCase<Toy> example(context, rng);
  const Setup R(verifier_setup<Toy>());
  auto& f = example.proof;
  const Z N = z(example.statement.key.modulus());
  const auto holds = [&] {
    const Z e = z(challenge_of(context, example));
    return R.commit(z(f.z1), z(f.w1)) == mod(z(f.A) * power(z(f.P), e, R.N), R.N) &&
           R.commit(z(f.z2), z(f.w2)) == mod(z(f.B) * power(z(f.Q), e, R.N), R.N) &&
           mod(power(z(f.Q), z(f.z1), R.N) * power(R.t, z(f.v), R.N), R.N) ==
               mod(z(f.T) * power(R.s, N * e, R.N), R.N);
  };
  CHECK(holds());

  const auto& set = context.parameters;
  const Z prime_p = z(FacCase<Toy>::key().primes().p().reveal()), prime_q = N / prime_p;
  const unsigned slack = set.ell + set.epsilon;
  const Z alpha = random(slack + 576, rng), beta = random(slack + 576, rng);
  const Z mu = random(set.ell + 1152, rng), nu = random(set.ell + 1152, rng);
  const Z r = random(slack + 2304, rng), x = random(slack + 1152, rng);
  const Z y = random(slack + 1152, rng);
  f.P = slow::integer(R.commit(prime_p, mu));
  f.Q = slow::integer(R.commit(prime_q, nu));
  f.A = slow::integer(R.commit(alpha, x));
  f.B = slow::integer(R.commit(beta, y));
  f.T = slow::integer(mod(power(z(f.Q), alpha, R.N) * power(R.t, r, R.N), R.N));
  const Z e = z(challenge_of(context, example));
  f.z1 = slow::integer(alpha + e * prime_p);
  f.z2 = slow::integer(beta + e * prime_q);
  f.w1 = slow::integer(x + e * mu);
  f.w2 = slow::integer(y + e * nu);
  f.v = slow::integer(r - e * nu * prime_p);
  CHECK(accepts(context, example));
  CHECK(holds());
}

TEST_CASE("the plain equations of Πmod and Πprm hold for ours") {
  SeededRng rng(7);
  const Context context = some_context<Toy>();
  const ModCase<Toy> example(context, rng);
  const auto& f = example.proof;
  const Z N = z(example.statement.key.modulus());
  const auto y = challenge_of(context, example);
  CHECK(mpz_jacobi(z(f.w).get_mpz_t(), N.get_mpz_t()) == -1);
  for (std::size_t i = 0; i < y.size(); ++i) {
    const Z sign = f.a[i] == 1 ? -1 : 1;
    CHECK(power(z(f.x[i]), 4, N) == mod(sign * power(z(f.w), f.b[i], N) * z(y[i]), N));
    CHECK(power(z(f.z[i]), N, N) == z(y[i]));
  }
  const PrmCase<Toy> prm(context, rng);
  const Setup own(prm.statement.setup);
  const auto bits = challenge_of(context, prm);
  for (std::size_t i = 0; i < bits.size(); ++i)
    CHECK(power(own.t, z(prm.proof.z[i]), own.N) ==
          mod(z(prm.proof.A[i]) * (bits[i] ? own.s : Z(1)), own.N));
}
