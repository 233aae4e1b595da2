// tests/interop/tlog/export_logs.cpp — writes static logs for a foreign verifier: below the
// directory given, one folder for each size, named after it. Prints the logs' vkey.
#include <filesystem>
#include <fstream>
#include <iostream>

#include "log/checkpoint.h"
#include "log/entry.h"
#include "log/tile.h"

namespace {

using namespace jointca;

/// Entries of all types, in turn.
Bytes entry_at(std::uint64_t index) {
  const Digest name = log::hash_leaf(as_bytes(std::to_string(index)));
  const auto time = time_from_unix(1795300000 + static_cast<std::int64_t>(index));
  log::IssueEntry issue{};
  issue.session = issue.request = name;
  issue.coordinator = "alice";
  issue.signers = {"alice", "carol"};
  issue.kind = "nebula-v2";
  issue.subject = {"host-" + std::to_string(index), {"10.42.0.7/16"}, {}, time, time};
  issue.tbs = Bytes(100 + index % 300, 0xAB);
  issue.approved = {"default", "policy", time};
  issue.time = time;
  const log::Entry entries[] = {
      issue, log::OutcomeEntry{name, name, "nebula-v2", name, SignatureBytes{}, name, time},
      log::RefusalEntry{std::nullopt, name, "names", "caf\xC3\xA9 is not \"web-*\"", time},
      log::CeremonyEntry{name, 1, name, PublicKey{name}, {"alice", "bob", "carol"}, time},
      log::RevokeEntry{name, "host", std::nullopt, {name}, "stolen", time}};
  auto text = log::encode(entries[index % std::size(entries)]);
  JCA_ASSERT(text.has_value());
  return *std::move(text);
}

struct Log final : log::EntryReader {
  explicit Log(std::uint64_t size) {
    while (tree.size() < size) hashes.write(tree.append(log::hash_leaf(entry_at(tree.size()))));
  }
  [[nodiscard]] Result<Bytes, Error> entry(std::uint64_t index) const override {
    return entry_at(index);
  }
  log::Tree tree;
  log::MemoryHashes hashes;
};

Result<Ok, Error> write_file(const std::filesystem::path& path, BytesView bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()),
            static_cast<std::streamsize>(bytes.size()));
  if (!out.flush()) return failed("cannot write " + path.string());
  return Ok{};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::filesystem::path root = argv[1];
  const std::string origin = "alice.example/jointca";
  const SigningKey key(Secret<32>::make([](auto out) { std::fill(out.begin(), out.end(), 7); }));
  for (const std::uint64_t size : {1U, 255U, 256U, 257U, 700U}) {
    const Log log(size);
    const auto directory = root / std::to_string(size);
    const auto checkpoint = log::sign_checkpoint({origin, size, log.tree.root()}, key);
    const auto exported = log::export_tree(checkpoint, log.hashes, log,
                                           [&](const std::string& path, BytesView bytes) {
                                             return write_file(directory / path, bytes);
                                           });
    if (!exported) {
      std::cerr << exported.error().message << "\n";
      return 1;
    }
  }
  std::cout << log::vkey_text(origin, key.public_key()) << "\n";
}
