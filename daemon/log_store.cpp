#include "daemon/log_store.h"

#include <filesystem>

#include <soci/soci.h>

#include "base/codec.h"
#include "crypto/hash.h"
#include "daemon/store.h"
#include "issued/statement.h"
#include "log/checkpoint.h"
#include "machine/files.h"

namespace jointca::daemon {
namespace {

/// Whether anything is looked for in an entry later, by how its canonical text begins. Others need
/// not be parsed when they are written.
bool is_indexed(std::string_view text) {
  return text.starts_with(R"({"type":"issue",)") || text.starts_with(R"({"type":"outcome",)") ||
         text.starts_with(R"({"type":"revoke",)");
}

std::string where(const log::NoteVerifier& verifier) { return "log " + verifier.name; }

/// What is looked for later, beside the entry: votes, the certificates of hosts, signatures.
void index_entry(soci::session& sql, int log, long long index, const log::Entry& entry) {
  if (const auto* issue = std::get_if<log::IssueEntry>(&entry)) {
    const std::string tbs = to_hex(sha256(issue->tbs)), r = to_hex(issue->r),
                      host = to_hex(issue->host.bytes);
    sql << "insert into issued (tbs, r, log, idx) values (:t, :r, :l, :i)", soci::use(tbs),
        soci::use(r), soci::use(log), soci::use(index);
    if (!issued::is_revocable(issue->kind)) return;
    sql << "insert or ignore into host_certificate (host, tbs, log) values (:h, :t, :l)",
        soci::use(host), soci::use(tbs), soci::use(log);
    if (issue->kind != issued::wireguard_kind && issue->kind != issued::lighthouse_kind) return;
    // What the bytes say: the entry's summary may be a lie.
    const auto token = issued::parse_statement(issue->kind, issue->tbs);
    if (!token) return;
    const long long not_after = issued::not_after_of(*token);
    sql << "insert or ignore into token (tbs, not_after) values (:t, :n)", soci::use(tbs),
        soci::use(not_after);
    sql << "insert into signed_token (tbs) select tbs from certificate_signature where tbs = :t"
           " limit 1",
        soci::use(tbs);
  } else if (const auto* outcome = std::get_if<log::OutcomeEntry>(&entry)) {
    write_signature(sql, log, outcome->tbs_sha256, outcome->signature);
  } else if (std::holds_alternative<log::RevokeEntry>(entry)) {
    sql << "insert into revocation (log, idx) values (:l, :i)", soci::use(log), soci::use(index);
  }
}

}  // namespace

void write_signature(soci::session& sql, int log, const Digest& tbs_sha256,
                     const SignatureBytes& signature) {
  const std::string tbs = to_hex(tbs_sha256), text = to_hex(signature);
  sql << "insert or ignore into certificate_signature (tbs, log, signature) values (:t, :l, :s)",
      soci::use(tbs), soci::use(log), soci::use(text);
  // Only with a signature that is new: whoever repeats one adds nothing.
  sql << "insert into signed_token (tbs) select tbs from token where tbs = :t and changes() > 0",
      soci::use(tbs);
}

Result<std::unique_ptr<LogStore>, Error> LogStore::open(Store& store, std::uint16_t number,
                                                        log::NoteVerifier verifier) {
  std::unique_ptr<LogStore> opened(new LogStore(store, number, std::move(verifier)));
  JCA_TRY(opened->load());
  return opened;
}

Result<Ok, Error> LogStore::load() {
  JCA_ASSIGN(auto note, checkpoint_up_to(log::size_max));
  if (note.empty()) return Ok{};
  JCA_ASSIGN(const auto newest, log::open_checkpoint(note, verifier_));
  JCA_ASSIGN(tree_, log::Tree::load(newest.checkpoint.size, *this));
  if (tree_.root() != newest.checkpoint.root)
    return failed(Error::Code::verification,
                  where(verifier_) +
                      ": the stored hashes do not give the root that was signed; restore the state "
                      "directory from a sound copy");
  checkpoint_ = std::move(note);
  return Ok{};
}

LogStore::Append LogStore::extended_by(std::vector<Bytes> entries) const {
  Append append;
  append.first = tree_.size();
  append.tree = tree_;
  std::vector<Digest> leaves;
  leaves.reserve(entries.size());
  for (const Bytes& entry : entries) leaves.push_back(log::hash_leaf(entry));
  append.entries = std::move(entries);
  append.hashes = append.tree.append(leaves);
  return append;
}

void LogStore::write(soci::session& sql, const Append& append) const {
  JCA_ASSERT(append.first == tree_.size() && !append.checkpoint.empty());
  const int number = number_;
  std::string data, hash;
  long long index = static_cast<long long>(append.first);
  int level = 0;
  soci::statement insert_entry =
      (sql.prepare << "insert into leaf (log, idx, data) values (:l, :i, :d)", soci::use(number),
       soci::use(index), soci::use(data));
  for (const Bytes& entry : append.entries) {
    data = to_text(entry);
    insert_entry.execute(true);
    if (is_indexed(data))
      if (const auto parsed = log::parse_entry(entry))  // another party's may be anything
        index_entry(sql, number, index, *parsed);
    ++index;
  }
  soci::statement insert_hash =
      (sql.prepare << "insert into node (log, level, idx, hash) values (:n, :l, :i, :h)",
       soci::use(number), soci::use(level), soci::use(index), soci::use(hash));
  for (const log::StoredHash& stored : append.hashes) {
    level = stored.node.level;                          // NOLINT: the statement reads it
    index = static_cast<long long>(stored.node.index);  // NOLINT
    hash = to_hex(stored.hash);
    insert_hash.execute(true);
  }
  const long long size = static_cast<long long>(append.tree.size());
  sql << "insert into checkpoint (log, size, note) values (:l, :s, :n)", soci::use(number),
      soci::use(size), soci::use(append.checkpoint);
}

void LogStore::apply(Append append) {
  tree_ = append.tree;
  checkpoint_ = std::move(append.checkpoint);
}

Result<std::string, Error> LogStore::checkpoint_up_to(std::uint64_t size) const {
  std::string note;
  const int number = number_;
  const long long limit = static_cast<long long>(size);
  JCA_TRY(store_.read([&](soci::session& sql) {
    sql << "select note from checkpoint where log = :l and size <= :s order by size desc limit 1",
        soci::use(number), soci::use(limit), soci::into(note);
  }));
  return note;
}

Result<std::string, Error> LogStore::cosigned_checkpoint() const {
  return with_cosignatures(checkpoint_, tree_.size());
}

Result<std::string, Error> LogStore::newest_cosigned() const {
  long long size = -1;
  const int number = number_;
  JCA_TRY(store_.read([&](soci::session& sql) {
    sql << "select max(size) from cosignature where log = :l having count(*) > 0",
        soci::use(number), soci::into(size);
  }));
  if (size < 0) return checkpoint_;
  const auto cosigned = static_cast<std::uint64_t>(size);
  JCA_ASSIGN(auto note, checkpoint_up_to(cosigned));
  return with_cosignatures(std::move(note), cosigned);
}

Result<std::string, Error> LogStore::with_cosignatures(std::string note,
                                                       std::uint64_t of_size) const {
  const int number = number_;
  const long long size = static_cast<long long>(of_size);
  JCA_TRY(store_.read([&](soci::session& sql) {
    const soci::rowset<std::string> lines =
        (sql.prepare << "select line from cosignature where log = :l and size = :s "
                        "order by cosigner",
         soci::use(number), soci::use(size));
    for (const std::string& line : lines) note += line;
  }));
  return note;
}

void LogStore::write_cosignature(soci::session& sql, std::uint64_t size,
                                 const log::NoteSignature& cosignature) const {
  const int number = number_;
  const long long of_size = static_cast<long long>(size);
  const std::string line = cosignature.line();
  sql << "insert or replace into cosignature (log, size, cosigner, line) values (:l, :s, :c, :t)",
      soci::use(number), soci::use(of_size), soci::use(cosignature.name), soci::use(line);
}

Result<std::optional<std::uint64_t>, Error> LogStore::find_issued(const Digest& tbs_sha256,
                                                                  const Digest& r) const {
  const int number = number_;
  const std::string tbs = to_hex(tbs_sha256), point = to_hex(r);
  long long index = -1;
  JCA_TRY(store_.read([&](soci::session& sql) {
    sql << "select idx from issued where tbs = :t and r = :r and log = :l limit 1", soci::use(tbs),
        soci::use(point), soci::use(number), soci::into(index);
  }));
  if (index < 0) return std::optional<std::uint64_t>{};
  return std::optional(static_cast<std::uint64_t>(index));
}

Result<Ok, Error> LogStore::check_whole() const {
  log::Tree tree;
  constexpr std::size_t part_bytes = std::size_t{1} << 20;
  const auto damaged = [&](const std::string& what) {
    return failed(Error::Code::verification,
                  where(verifier_) + ": " + what +
                      " is not what was signed; restore the state directory from a sound copy");
  };
  while (tree.size() < size()) {
    JCA_ASSIGN(const auto part, entries(tree.size(), size(), part_bytes));
    for (const Bytes& entry : part) {
      for (const log::StoredHash& expected : tree.append(log::hash_leaf(entry))) {
        JCA_ASSIGN(const Digest stored, hash(expected.node));
        if (stored != expected.hash) return damaged("entry " + std::to_string(tree.size() - 1));
      }
    }
  }
  if (tree.root() != tree_.root()) return damaged("an entry");
  return Ok{};
}

Result<Digest, Error> LogStore::hash(log::NodeId node) const {
  std::string text;
  const int number = number_;
  const int level = node.level;
  const long long index = static_cast<long long>(node.index);
  JCA_TRY(store_.read([&](soci::session& sql) {
    sql << "select hash from node where log = :n and level = :l and idx = :i", soci::use(number),
        soci::use(level), soci::use(index), soci::into(text);
  }));
  const auto bytes = from_hex(text);
  const auto digest = bytes ? to_array<32>(*bytes) : std::nullopt;
  if (!digest) return failed(where(verifier_) + ": a stored hash is missing");
  return *digest;
}

Result<Bytes, Error> LogStore::entry(std::uint64_t index) const {
  JCA_ASSIGN(const auto one, entries(index, index + 1, log::bundle_entry_bytes_max));
  return one.front();
}

Result<std::vector<Bytes>, Error> LogStore::entries(std::uint64_t first, std::uint64_t end,
                                                    std::size_t bytes_max) const {
  std::vector<Bytes> found;
  std::size_t bytes = 0;
  const int number = number_;
  const long long from = static_cast<long long>(first), to = static_cast<long long>(end);
  JCA_TRY(store_.read([&](soci::session& sql) {
    std::string data;
    soci::statement select =
        (sql.prepare << "select data from leaf where log = :l and idx >= :f and idx < :e "
                        "order by idx",
         soci::use(number), soci::use(from), soci::use(to), soci::into(data));
    select.execute();
    while (select.fetch()) {
      bytes += data.size();
      if (bytes > bytes_max) break;
      found.push_back(to_bytes(data));
    }
  }));
  if (found.empty() && first < end)
    return failed(where(verifier_) + ": entry " + std::to_string(first) + " is missing");
  return found;
}

Result<std::vector<Digest>, Error> LogStore::hashes(std::uint8_t level, std::uint64_t first,
                                                    std::size_t count) const {
  std::vector<Digest> found;
  found.reserve(count);
  const int number = number_, of_level = level;
  const long long from = static_cast<long long>(first);
  const long long to = from + static_cast<long long>(count);
  JCA_TRY(store_.read([&](soci::session& sql) {
    std::string text;
    soci::statement select =
        (sql.prepare << "select hash from node where log = :n and level = :l and idx >= :f and "
                        "idx < :e order by idx",
         soci::use(number), soci::use(of_level), soci::use(from), soci::use(to), soci::into(text));
    select.execute();
    while (select.fetch()) {
      const auto bytes = from_hex(text);
      const auto digest = bytes ? to_array<32>(*bytes) : std::nullopt;
      if (!digest) break;
      found.push_back(*digest);
    }
  }));
  if (found.size() != count) return failed(where(verifier_) + ": a stored hash is missing");
  return found;
}

Result<Bytes, Error> LogStore::tile(const log::TileId& tile) const {
  JCA_ASSERT(log::has_tile(size(), tile));
  const std::uint64_t first = tile.index * log::tile_width;
  Writer out;
  if (tile.kind == log::TileId::Kind::hashes) {
    constexpr unsigned levels_in_tile = 8;
    const auto level = static_cast<std::uint8_t>(levels_in_tile * tile.level);
    JCA_ASSIGN(const auto found, hashes(level, first, tile.width));
    for (const Digest& hash : found) out.bytes(hash);
    return std::move(out).take();
  }
  constexpr std::size_t bytes_max = log::tile_width * log::bundle_entry_bytes_max;
  JCA_ASSIGN(const auto found, entries(first, first + tile.width, bytes_max));
  if (found.size() != tile.width) return failed(where(verifier_) + ": an entry is missing");
  for (const Bytes& entry : found) {
    if (entry.size() > log::bundle_entry_bytes_max)
      return failed(where(verifier_) + ": an entry is too long for a bundle");
    out.prefixed16(entry);
  }
  return std::move(out).take();
}

Result<Ok, Error> LogStore::export_to(const std::string& directory) const {
  if (checkpoint_.empty()) return failed("the log is empty");
  JCA_ASSIGN(const auto note, cosigned_checkpoint());
  return log::export_tree(
      note, *this, *this, [&](const std::string& path, BytesView bytes) -> Result<Ok, Error> {
        const std::filesystem::path file = std::filesystem::path(directory) / path;
        std::error_code problem;
        std::filesystem::create_directories(file.parent_path(), problem);
        if (problem) return failed(file.parent_path().string() + ": " + problem.message());
        return machine::write_file(file.string(), bytes, 0644, machine::Overwrite::allow);
      });
}

}  // namespace jointca::daemon
