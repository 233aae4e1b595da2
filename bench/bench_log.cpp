// bench/bench_log.cpp — what one entry costs a party's log, on a log of 2^20 entries in memory.
#include <benchmark/benchmark.h>

#include "log/checkpoint.h"
#include "log/entry.h"
#include "log/proof.h"

namespace {

using namespace jointca;

constexpr std::uint64_t log_size = (1 << 20) - 3;

log::IssueEntry issue_entry() {
  const auto now = time_from_unix(1795300000);
  log::IssueEntry entry{};
  entry.coordinator = "alice";
  entry.signers = {"alice", "bob"};
  entry.kind = "nebula-v2";
  entry.subject = {"web-1", {"10.42.0.7/16"}, {"servers"}, now, now};
  entry.tbs = Bytes(200, 1);
  entry.approved = {"default", "policy", now};
  entry.time = now;
  return entry;
}

struct LargeLog {
  LargeLog() {
    while (tree.size() < log_size)
      hashes.write(tree.append(log::hash_leaf(as_bytes(std::to_string(tree.size())))));
    checkpoint = log::sign_checkpoint({"alice", log_size, tree.root()}, key);
  }
  SigningKey key{Secret<32>::make([](auto out) { std::fill(out.begin(), out.end(), 1); })};
  log::Tree tree;
  log::MemoryHashes hashes;
  std::string checkpoint;
};

const LargeLog& large_log() {
  static const LargeLog large;
  return large;
}

void encode_entry(benchmark::State& state) {
  const log::Entry entry = issue_entry();
  for (auto _ : state) benchmark::DoNotOptimize(log::encode(entry));
}
BENCHMARK(encode_entry);

void parse_entry(benchmark::State& state) {
  const auto text = *log::encode(issue_entry());
  for (auto _ : state) benchmark::DoNotOptimize(log::parse_entry(text));
}
BENCHMARK(parse_entry);

void append_and_root(benchmark::State& state) {
  const auto text = *log::encode(issue_entry());
  auto tree = large_log().tree;
  for (auto _ : state) {
    benchmark::DoNotOptimize(tree.append(log::hash_leaf(text)));
    benchmark::DoNotOptimize(tree.root());
  }
}
BENCHMARK(append_and_root);

void sign_checkpoint(benchmark::State& state) {
  const log::Checkpoint checkpoint{"alice", log_size, large_log().tree.root()};
  for (auto _ : state) benchmark::DoNotOptimize(log::sign_checkpoint(checkpoint, large_log().key));
}
BENCHMARK(sign_checkpoint);

void prove_inclusion(benchmark::State& state) {
  std::uint64_t index = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(log::inclusion_proof(index, log_size, large_log().hashes));
    index = (index + 7919) % log_size;
  }
}
BENCHMARK(prove_inclusion);

void verify_inclusion(benchmark::State& state) {
  const auto& large = large_log();
  const auto proof = *log::inclusion_proof(77, log_size, large.hashes);
  const auto leaf = log::hash_leaf(as_bytes("77"));
  const auto root = large.tree.root();
  for (auto _ : state)
    benchmark::DoNotOptimize(log::verify_inclusion(77, log_size, leaf, proof, root));
}
BENCHMARK(verify_inclusion);

void verify_consistency(benchmark::State& state) {
  const auto& large = large_log();
  const auto old_root = *log::root(1001, large.hashes);
  const auto proof = *log::consistency_proof(1001, log_size, large.hashes);
  const auto root = large.tree.root();
  for (auto _ : state)
    benchmark::DoNotOptimize(log::verify_consistency(1001, log_size, old_root, root, proof));
}
BENCHMARK(verify_consistency);

void verify_tlog_proof(benchmark::State& state) {
  const auto& large = large_log();
  const log::NoteVerifier key{"alice", log::NoteKeyType::ed25519, large.key.public_key()};
  const auto text =
      log::TlogProof{std::nullopt, 77, *log::inclusion_proof(77, log_size, large.hashes),
                     large.checkpoint}
          .encode();
  const auto leaf = log::hash_leaf(as_bytes("77"));
  for (auto _ : state)
    benchmark::DoNotOptimize(log::verify_proof(*log::TlogProof::parse(text), leaf, key));
}
BENCHMARK(verify_tlog_proof);

}  // namespace
