// bench/bench_frost.cpp — CPU time of each FROST step, for one party, at several (t, n).
#include <benchmark/benchmark.h>

#include "crypto/rng.h"
#include "threshold/feldman.h"
#include "threshold/frost/dkg.h"
#include "threshold/frost/sign.h"

namespace jointca::frost {
namespace {

/// A dealt key and one finished first round among the first t parties.
struct Fixture {
  explicit Fixture(const benchmark::State& state)
      : t(static_cast<std::uint16_t>(state.range(0))),
        n(static_cast<std::uint16_t>(state.range(1))),
        polynomial(SecretPolynomial::random(t, rng)) {
    const VssCommitment commitment = commit_to(polynomial);
    GroupKey group{commitment.coefficients.front(), {}, t};
    for (const Identifier party : first_parties(n))
      group.verifying_shares.emplace(party, evaluate(commitment, party));
    for (const Identifier party : first_parties(t)) {
      keys.emplace(party, KeyPackage(party, polynomial.at(party), group));
      nonces.emplace(party, commit(keys.at(party).share, rng));
      commitments.emplace(party, nonces.at(party).commitments());
    }
  }
  [[nodiscard]] const KeyPackage& key() const { return keys.begin()->second; }
  /// Nonces are spent by signing; here they are one pair, copied.
  [[nodiscard]] SigningNonces nonces_of(Identifier party) const {
    return {nonces.at(party).hiding().duplicate(), nonces.at(party).binding().duplicate()};
  }

  std::uint16_t t, n;
  SystemRng rng;
  SecretPolynomial polynomial;
  PerParty<KeyPackage> keys;
  PerParty<SigningNonces> nonces;
  PerParty<NonceCommitments> commitments;
  Bytes message = Bytes(300, 7);
};

void shapes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"t", "n"})->Unit(benchmark::kMillisecond);
  benchmark->Args({2, 3})->Args({3, 5})->Args({7, 10})->Args({67, 100});
}

void frost_commit(benchmark::State& state) {
  Fixture fixture(state);
  for (auto _ : state) benchmark::DoNotOptimize(commit(fixture.key().share, fixture.rng));
}
BENCHMARK(frost_commit)->Apply(shapes);

void frost_sign(benchmark::State& state) {
  Fixture fixture(state);
  for (auto _ : state) {
    state.PauseTiming();
    SigningNonces nonces = fixture.nonces_of(fixture.key().identifier);
    state.ResumeTiming();
    benchmark::DoNotOptimize(
        sign(std::move(nonces), fixture.commitments, fixture.message, fixture.key()));
  }
}
BENCHMARK(frost_sign)->Apply(shapes);

void aggregate_shares(benchmark::State& state, std::uint64_t error) {
  Fixture fixture(state);
  const GroupKey& group = fixture.key().group;
  const auto joint = join(fixture.commitments, fixture.message, group);
  PerParty<Scalar> shares;
  for (const auto& [party, key] : fixture.keys)
    shares.emplace(party, *sign(fixture.nonces_of(party), *joint, key));
  shares.begin()->second = shares.begin()->second + Scalar(error);
  for (auto _ : state) {
    const auto again = join(fixture.commitments, fixture.message, group);
    auto outcome = aggregate(shares, *again, fixture.message, group, 0);
    if (outcome.has_value() != (error == 0)) state.SkipWithError("unexpected outcome");
  }
}
void frost_aggregate(benchmark::State& state) { aggregate_shares(state, 0); }
BENCHMARK(frost_aggregate)->Apply(shapes);
/// One wrong share: every share is checked.
void frost_aggregate_and_blame(benchmark::State& state) { aggregate_shares(state, 1); }
BENCHMARK(frost_aggregate_and_blame)->Apply(shapes);

/// What arrives from the network: two points per signer, each checked for its order.
void frost_parse_commitments(benchmark::State& state) {
  Fixture fixture(state);
  for (auto _ : state)
    for (const auto& [party, pair] : fixture.commitments) {
      benchmark::DoNotOptimize(Point::parse(pair.hiding.bytes()));
      benchmark::DoNotOptimize(Point::parse(pair.binding.bytes()));
    }
}
BENCHMARK(frost_parse_commitments)->Apply(shapes);

using dkg::AwaitingRound1;

PerParty<Step<AwaitingRound1>> begin_all(const Fixture& fixture, Rng& rng) {
  PerParty<Step<AwaitingRound1>> steps;
  for (const Identifier self : first_parties(fixture.n))
    steps.emplace(self, dkg::begin({self, fixture.t, first_parties(fixture.n), {}}, rng));
  return steps;
}

template <class S>
Inbox<typename S::Awaits> inbox_for(Identifier to, const PerParty<Step<S>>& steps) {
  Inbox<typename S::Awaits> inbox;
  for (const auto& [from, step] : steps)
    if (from != to) inbox.from_all.emplace(from, step.outbox.to_all);
  return inbox;
}

void dkg_begin(benchmark::State& state) {
  Fixture fixture(state);
  for (auto _ : state)
    benchmark::DoNotOptimize(
        dkg::begin({Identifier(1), fixture.t, first_parties(fixture.n), {}}, fixture.rng));
}
BENCHMARK(dkg_begin)->Apply(shapes);

/// Checking all round-1 messages and dealing our shares.
void dkg_round1(benchmark::State& state) {
  Fixture fixture(state);
  const PerParty<Step<AwaitingRound1>> peers = begin_all(fixture, fixture.rng);
  const auto inbox = inbox_for<AwaitingRound1>(Identifier(1), peers);
  for (auto _ : state) {
    state.PauseTiming();
    auto own =
        dkg::begin({Identifier(1), fixture.t, first_parties(fixture.n), {}}, fixture.rng).stage;
    auto copy = inbox;
    state.ResumeTiming();
    benchmark::DoNotOptimize(std::move(own).receive(std::move(copy)));
  }
}
BENCHMARK(dkg_round1)->Apply(shapes);

/// Checking all shares, and deriving the key and every verifying share.
void dkg_round2(benchmark::State& state) {
  Fixture fixture(state);
  const Identifier self(1);
  std::vector<SecretPolynomial> polynomials;
  Inbox<AwaitingRound1::Awaits> round1;
  Inbox<dkg::AwaitingRound2::Awaits> round2;
  for (const Identifier dealer : first_parties(fixture.n)) {
    if (dealer == self) continue;
    SecretPolynomial polynomial = SecretPolynomial::random(fixture.t, fixture.rng);
    round2.from_each.emplace(dealer, dkg::Round2Message{polynomial.at(self)});
    round1.from_all.emplace(dealer, dkg::begin({dealer, fixture.t, first_parties(fixture.n), {}},
                                               std::move(polynomial), fixture.rng)
                                        .outbox.to_all);
  }
  for (auto _ : state) {
    state.PauseTiming();
    auto own = dkg::begin({self, fixture.t, first_parties(fixture.n), {}}, fixture.rng).stage;
    auto first = round1;
    auto step = std::move(own).receive(std::move(first));
    Inbox<dkg::AwaitingRound2::Awaits> second;
    for (const auto& [dealer, message] : round2.from_each)
      second.from_each.emplace(dealer, dkg::Round2Message{message.share.duplicate()});
    state.ResumeTiming();
    auto outcome = std::move(step->stage).receive(std::move(second));
    if (!outcome) state.SkipWithError("key generation failed");
  }
}
BENCHMARK(dkg_round2)->Apply(shapes);

}  // namespace
}  // namespace jointca::frost
