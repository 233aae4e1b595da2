// bench/bench_bindings.cpp — opening and selecting the WireGuard bindings of a whole authority.
#include <benchmark/benchmark.h>

#include "issued/token.h"
#include "tests/support/bindings.h"
#include "wg-adapter/open_all.h"
#include "wg-adapter/plan.h"

namespace {

using namespace jointca;

constexpr std::uint16_t hosts = 10'000;

const std::vector<std::string>& tokens() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> out;
    for (std::uint16_t i = 1; i <= hosts; ++i) out.push_back(test::signed_token(test::binding(i)));
    return out;
  }();
  return all;
}

void open_binding(benchmark::State& state) {
  const Digest authority = test::binding(1).authority;
  const PublicKey key = test::bindings_key().public_key();
  for (auto _ : state) benchmark::DoNotOptimize(wireguard::open(tokens()[0], authority, key));
}
BENCHMARK(open_binding);

void open_10000_bindings(benchmark::State& state) {
  const Digest authority = test::binding(1).authority;
  const PublicKey key = test::bindings_key().public_key();
  std::size_t opened = 0;
  for (auto _ : state) opened += wireguard::open_all(tokens(), authority, key).opened.size();
  state.counters["bindings/s"] =
      benchmark::Counter(static_cast<double>(opened), benchmark::Counter::kIsRate);
}
BENCHMARK(open_10000_bindings)->Unit(benchmark::kMillisecond);

void select_and_plan_10000_bindings(benchmark::State& state) {
  const auto all =
      wireguard::open_all(tokens(), test::binding(1).authority, test::bindings_key().public_key());
  for (auto _ : state) {
    const auto selection =
        wireguard::select_peers(all.opened[0], all.opened, {}, test::bindings_now);
    benchmark::DoNotOptimize(wireguard::plan_changes(selection.peers, {}, {}));
  }
}
BENCHMARK(select_and_plan_10000_bindings)->Unit(benchmark::kMillisecond);

void parse_bindings_10000(benchmark::State& state) {
  const std::string text =
      issued::token_document(issued::wireguard_kind, {tokens().begin(), tokens().end()});
  for (auto _ : state)
    benchmark::DoNotOptimize(issued::parse_token_document(issued::wireguard_kind, text));
}
BENCHMARK(parse_bindings_10000)->Unit(benchmark::kMillisecond);

}  // namespace
