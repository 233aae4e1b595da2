// bench/bench_cggmp24.cpp — CPU time of what CGGMP24 is made of, with production parameters:
// Paillier's operations and each proof, proving and verifying, for one peer.
#include <benchmark/benchmark.h>

#include "crypto/prime.h"
#include "tests/unit/threshold/cggmp24/cases.h"

namespace jointca::test {
namespace {

using cggmp24::Production;

const Context& context() {
  static const Context here = some_context<Production>();
  return here;
}

void p256_blinded_mul_add(benchmark::State& state) {
  SystemRng rng;
  const auto a = SecretScalar::random(rng), k = SecretScalar::random(rng);
  const p256::Point Y = base_mul(a, rng);
  for (auto _ : state) benchmark::DoNotOptimize(mul_add(a, Y, k, rng));
}
BENCHMARK(p256_blinded_mul_add)->Unit(benchmark::kMicrosecond);

void safe_prime_1536(benchmark::State& state) {
  SystemRng rng;
  for (auto _ : state) benchmark::DoNotOptimize(random_safe_prime(1536, rng));
}
BENCHMARK(safe_prime_1536)->Unit(benchmark::kMillisecond)->Iterations(4);

/// A plaintext of `state.range(0)` bits under the key of party 0.
struct Encryption {
  explicit Encryption(const benchmark::State& state)
      : key(party<Production>(0).paillier),
        x(SecretInteger::random_signed(static_cast<unsigned>(state.range(0)), rng)),
        rho(key.public_key().random_nonce(rng)),
        c(key.encrypt(x, rho).reveal()) {}
  SystemRng rng;
  const PaillierSecretKey& key;
  SecretInteger x, rho;
  Integer c;
};

void paillier_encrypt_own(benchmark::State& state) {
  const Encryption e(state);
  for (auto _ : state) benchmark::DoNotOptimize(e.key.encrypt(e.x, e.rho));
}
void paillier_encrypt_peer(benchmark::State& state) {
  const Encryption e(state);
  for (auto _ : state) benchmark::DoNotOptimize(e.key.public_key().encrypt(e.x, e.rho));
}
void paillier_decrypt(benchmark::State& state) {
  const Encryption e(state);
  for (auto _ : state) benchmark::DoNotOptimize(e.key.decrypt(e.c));
}
void paillier_mul_secret(benchmark::State& state) {
  const Encryption e(state);
  for (auto _ : state) benchmark::DoNotOptimize(e.key.public_key().mul(e.c, e.x));
}
void ring_pedersen_commit(benchmark::State& state) {
  Encryption e(state);
  const RingPedersen& setup = verifier_setup<Production>();
  const auto y = SecretInteger::random_signed(static_cast<unsigned>(state.range(0)) + 3072, e.rng);
  for (auto _ : state) benchmark::DoNotOptimize(setup.commit(e.x, y));
}
BENCHMARK(paillier_encrypt_own)->Arg(256)->Unit(benchmark::kMillisecond);
BENCHMARK(paillier_encrypt_peer)->Arg(256)->Unit(benchmark::kMillisecond);
BENCHMARK(paillier_decrypt)->Arg(256)->Unit(benchmark::kMillisecond);
BENCHMARK(paillier_mul_secret)->Arg(256)->Arg(768)->Unit(benchmark::kMillisecond);
BENCHMARK(ring_pedersen_commit)->Arg(256)->Arg(768)->Unit(benchmark::kMillisecond);

template <class Case>
void make(benchmark::State& state) {
  SystemRng rng;
  for (const std::size_t i : {0U, 1U})
    benchmark::DoNotOptimize(&party<Production>(i));  // made once
  for (auto _ : state) benchmark::DoNotOptimize(Case(context(), rng));
}
template <class Case>
void check(benchmark::State& state) {
  SystemRng rng;
  const Case example(context(), rng);
  Writer bytes;
  encode(example.proof, context().parameters, bytes);
  state.counters["bytes"] = static_cast<double>(std::move(bytes).take().size());
  for (auto _ : state)
    if (!verify_with(context(), verifier_setup<Production>(), example.statement, example.proof))
      state.SkipWithError("a true statement was refused");
}
/// Making includes the statement: one encryption for enc_elg, three and a power for aff_g.
#define PROOF(name, Case)                     \
  BENCHMARK_TEMPLATE(make, Case<Production>)  \
      ->Name("cggmp24_" name "_prove")        \
      ->Unit(benchmark::kMillisecond);        \
  BENCHMARK_TEMPLATE(check, Case<Production>) \
      ->Name("cggmp24_" name "_verify")       \
      ->Unit(benchmark::kMillisecond)
PROOF("enc_elg", EncElgCase);
PROOF("aff_g", AffGCase);
PROOF("elog", ElogCase);
PROOF("sch", SchCase);
PROOF("fac", FacCase);
PROOF("mod", ModCase);
PROOF("prm", PrmCase);
PROOF("aff_g_star", AffGStarCase);
PROOF("dec", DecCase);

}  // namespace
}  // namespace jointca::test
