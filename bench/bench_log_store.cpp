// bench/bench_log_store.cpp — what a party's log costs on the disk: entries of 1 kB added durably,
// one by one or many in one transaction, and the files that readers fetch. The database is below
// TMPDIR: set it to the disk in question.
#include <filesystem>
#include <thread>

#include <benchmark/benchmark.h>
#include <boost/asio/io_context.hpp>
#include <soci/soci.h>

#include "daemon/log_routes.h"
#include "daemon/party_log.h"
#include "daemon/store.h"
#include "log/entry.h"
#include "transport/async.h"
#include "transport/http.h"

namespace {

using namespace jointca;
using namespace jointca::daemon;

constexpr std::size_t entry_bytes = 1024;

SigningKey log_key() {
  return SigningKey(Secret<32>::make([](auto out) { std::fill(out.begin(), out.end(), 1); }));
}

/// An entry as a signer writes it, padded to 1 kB by its to-be-signed bytes; each differs.
log::Entry issue_entry(std::uint64_t number) {
  const auto now = time_from_unix(1'795'300'000);
  log::IssueEntry entry{};
  entry.session = log::hash_leaf(as_bytes(std::to_string(number)));
  entry.r = entry.session;
  entry.coordinator = "alice";
  entry.signers = {"alice", "bob"};
  entry.kind = "nebula-v2";
  entry.subject = {"web-1", {"10.42.0.7/16"}, {"servers"}, now, now};
  entry.tbs = Bytes(60, 1);
  entry.approved = {"default", "policy", now};
  entry.time = now;
  const std::size_t rest = entry_bytes - log::encode(entry)->size();
  entry.tbs.resize(entry.tbs.size() + rest * 3 / 4);
  return entry;
}

struct LogOnDisk {
  LogOnDisk() {
    std::string pattern = std::filesystem::temp_directory_path() / "jointca-bench-XXXXXX";
    directory = mkdtemp(pattern.data());
    store = *Store::open(directory + "/state.db");
    log = *PartyLog::open(*store, log_key(), "bench.example/log");
  }
  LogOnDisk(const LogOnDisk&) = delete;
  LogOnDisk& operator=(const LogOnDisk&) = delete;
  ~LogOnDisk() {
    log.reset();
    store.reset();
    std::filesystem::remove_all(directory);
  }
  void add(const std::vector<log::Entry>& entries) {
    auto append = *log->prepare(entries);
    JCA_ASSERT(store->transact([&](soci::session& sql) { log->write(sql, append); }));
    log->apply(std::move(append));
  }

  std::string directory;
  std::unique_ptr<Store> store;
  std::unique_ptr<PartyLog> log;
};

/// Encoded, hashed, signed, written and synchronised, `range(0)` entries a transaction.
void durable_add(benchmark::State& state) {
  LogOnDisk disk;
  const auto batch = static_cast<std::size_t>(state.range(0));
  std::vector<log::Entry> entries;
  std::uint64_t number = 0;
  for (auto _ : state) {
    state.PauseTiming();
    entries.clear();
    while (entries.size() < batch) entries.push_back(issue_entry(number++));
    state.ResumeTiming();
    disk.add(entries);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(number));
}
BENCHMARK(durable_add)->Arg(1)->Arg(16)->Arg(256)->Arg(512)->UseRealTime();

/// A log of a thousand entries, and the answer to one request without the network.
void serve_file(benchmark::State& state, const std::string& path) {
  LogOnDisk disk;
  std::vector<log::Entry> entries;
  while (entries.size() < 1000) entries.push_back(issue_entry(entries.size()));
  disk.add(entries);
  const LogRoutes routes(*disk.log, [](std::string_view) { return nullptr; });
  std::int64_t bytes = 0;
  for (auto _ : state) {
    const auto response = routes.get({"GET", path, "", ""});
    JCA_ASSERT(response && response->status == 200);
    bytes += static_cast<std::int64_t>(response->body.size());
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
  state.SetBytesProcessed(bytes);
}
/// The same over TLS on loopback, one request after another on one connection.
void fetch_file(benchmark::State& state, const std::string& path) {
  LogOnDisk disk;
  std::vector<log::Entry> entries;
  while (entries.size() < 1000) entries.push_back(issue_entry(entries.size()));
  disk.add(entries);
  const LogRoutes routes(*disk.log, [](std::string_view) { return nullptr; });
  boost::asio::io_context io(1);
  const SigningKey identity = log_key();
  transport::HttpsServer server(
      io.get_executor(), *transport::TlsIdentity::make(identity, "bench"),
      [&](transport::HttpRequest request) -> transport::awaitable<transport::HttpResponse> {
        co_return *routes.get(request);
      });
  JCA_ASSERT(server.listen({"127.0.0.1", 0}));
  std::thread serving([&] { io.run(); });
  transport::HttpsClient client({"127.0.0.1", server.port()}, identity.public_key());
  for (auto _ : state) {
    const auto response = client.call({"GET", path, "", ""}, std::chrono::seconds(10));
    JCA_ASSERT(response && response->status == 200);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
  io.stop();
  serving.join();
}
BENCHMARK_CAPTURE(fetch_file, tile, "/log/tile/0/001")->UseRealTime();
BENCHMARK_CAPTURE(fetch_file, bundle, "/log/tile/entries/001")->UseRealTime();
BENCHMARK_CAPTURE(serve_file, checkpoint, "/log/checkpoint");
BENCHMARK_CAPTURE(serve_file, tile, "/log/tile/0/001");
BENCHMARK_CAPTURE(serve_file, bundle, "/log/tile/entries/001");

}  // namespace
