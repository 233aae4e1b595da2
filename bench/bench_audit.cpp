// bench/bench_audit.cpp — what an audit does for each entry and each signature.
// The whole of it: bench/audit_full.cpp.
#include <benchmark/benchmark.h>

#include "crypto/verify_batch.h"
#include "tests/support/audit_logs.h"

namespace {

using namespace jointca;

void audit_signatures(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  const SigningKey key = test::key_from(1);
  std::vector<Claim> claims;
  for (std::size_t i = 0; i < count; ++i) {
    const auto message = to_bytes(as_bytes(std::to_string(i)));
    const auto signature = key.sign(message);
    claims.push_back(make_claim(key.public_key(), message, signature));
  }
  for (auto _ : state) benchmark::DoNotOptimize(verify_batch(key.public_key(), claims));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(audit_signatures)->Arg(1)->Arg(16)->Arg(64)->Arg(256)->Arg(1024);

void audit_one_signature_with_openssl(benchmark::State& state) {
  const SigningKey key = test::key_from(1);
  const Bytes message(200, 7);
  const auto signature = key.sign(message);
  for (auto _ : state) benchmark::DoNotOptimize(verify(key.public_key(), message, signature));
}
BENCHMARK(audit_one_signature_with_openssl);

void audit_rules_of_one_certificate(benchmark::State& state) {
  test::AuditWorld world;
  const issued::AuthorityRules rules(world.base.authority);
  const auto entry = world.intent(world.details("web1", "10.42.0.7/16"));
  for (auto _ : state) {
    const auto statement = issued::parse_statement(entry.kind, entry.tbs);
    benchmark::DoNotOptimize(rules.check(*statement, {entry.request, entry.host}));
  }
}
BENCHMARK(audit_rules_of_one_certificate);

void audit_thousand_certificates(benchmark::State& state) {
  test::AuditWorld world;
  for (int i = 0; i < 1000; ++i)
    world.issue("web" + std::to_string(i),
                "10.42." + std::to_string(i / 200) + "." + std::to_string(1 + i % 200) + "/16");
  world.audit();
  for (auto _ : state) benchmark::DoNotOptimize(world.audit_as_served());
  state.SetItemsProcessed(state.iterations() * 3000);
}
BENCHMARK(audit_thousand_certificates)->Unit(benchmark::kMillisecond);

}  // namespace
