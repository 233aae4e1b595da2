#include "daemon/party_log.h"

#include <filesystem>

#include <soci/soci.h>

#include "daemon/files.h"
#include "daemon/store.h"
#include "log/checkpoint.h"

namespace jointca::daemon {

Result<std::unique_ptr<PartyLog>, Error> PartyLog::open(Store& store, SigningKey log_key,
                                                        std::string origin) {
  log::NoteVerifier verifier{std::move(origin), log::NoteKeyType::ed25519, log_key.public_key()};
  std::unique_ptr<PartyLog> opened(new PartyLog(store, std::move(log_key), std::move(verifier)));
  JCA_TRY(opened->load());
  return opened;
}

Result<std::unique_ptr<PartyLog>, Error> PartyLog::open_to_read(Store& store,
                                                                const log::NoteVerifier& verifier) {
  std::unique_ptr<PartyLog> opened(new PartyLog(store, std::nullopt, verifier));
  JCA_TRY(opened->load());
  return opened;
}

Result<Ok, Error> PartyLog::load() {
  std::string note;
  JCA_TRY(store_.read([&](soci::session& sql) {
    sql << "select note from log_checkpoint order by size desc limit 1", soci::into(note);
  }));
  if (note.empty()) return Ok{};
  JCA_ASSIGN(const auto newest, log::open_checkpoint(note, verifier_));
  JCA_ASSIGN(tree_, log::Tree::load(newest.checkpoint.size, *this));
  if (tree_.root() != newest.checkpoint.root)
    return failed(Error::Code::verification,
                  "log: the stored hashes do not give the root that this party signed; restore the "
                  "state directory from a sound copy");
  checkpoint_ = std::move(note);
  return Ok{};
}

std::string PartyLog::vkey() const { return verifier_.text(); }

Result<PartyLog::Append, Error> PartyLog::prepare(const std::vector<log::Entry>& entries) const {
  JCA_ASSERT(log_key_.has_value());
  Append append;
  append.first = tree_.size();
  append.tree = tree_;
  std::vector<Digest> leaves;
  for (const log::Entry& entry : entries) {
    auto bytes = log::encode(entry);
    if (!bytes) return failed("log entry: " + bytes.error().text());
    leaves.push_back(log::hash_leaf(*bytes));
    append.entries.push_back(*std::move(bytes));
  }
  append.hashes = append.tree.append(leaves);
  append.checkpoint =
      log::sign_checkpoint({verifier_.name, append.tree.size(), append.tree.root()}, *log_key_);
  return append;
}

void PartyLog::write(soci::session& sql, const Append& append) const {
  JCA_ASSERT(append.first == tree_.size());
  std::string data, hash;
  long long index = static_cast<long long>(append.first);
  int level = 0;
  soci::statement insert_entry =
      (sql.prepare << "insert into log_entry (idx, data) values (:i, :d)", soci::use(index),
       soci::use(data));
  for (const Bytes& entry : append.entries) {
    data = to_text(entry);
    insert_entry.execute(true);
    ++index;
  }
  soci::statement insert_hash =
      (sql.prepare << "insert into log_hash (level, idx, hash) values (:l, :i, :h)",
       soci::use(level), soci::use(index), soci::use(hash));
  for (const log::StoredHash& stored : append.hashes) {
    level = stored.node.level;
    index = static_cast<long long>(stored.node.index);
    hash = to_hex(stored.hash);
    insert_hash.execute(true);
  }
  const long long size = static_cast<long long>(append.tree.size());
  sql << "insert into log_checkpoint (size, note) values (:s, :n)", soci::use(size),
      soci::use(append.checkpoint);
}

void PartyLog::apply(Append append) {
  tree_ = append.tree;
  checkpoint_ = std::move(append.checkpoint);
}

Result<Digest, Error> PartyLog::hash(log::NodeId node) const {
  std::string text;
  const int level = node.level;
  const long long index = static_cast<long long>(node.index);
  JCA_TRY(store_.read([&](soci::session& sql) {
    sql << "select hash from log_hash where level = :l and idx = :i", soci::use(level),
        soci::use(index), soci::into(text);
  }));
  const auto bytes = from_hex(text);
  const auto digest = bytes ? to_array<32>(*bytes) : std::nullopt;
  if (!digest) return failed("log: a stored hash is missing");
  return *digest;
}

Result<Bytes, Error> PartyLog::entry(std::uint64_t index) const {
  std::string data;
  const long long position = static_cast<long long>(index);
  JCA_TRY(store_.read([&](soci::session& sql) {
    sql << "select data from log_entry where idx = :i", soci::use(position), soci::into(data);
  }));
  if (data.empty()) return failed("log: entry " + std::to_string(index) + " is missing");
  return to_bytes(data);
}

Result<Ok, Error> PartyLog::export_to(const std::string& directory) const {
  if (checkpoint_.empty()) return failed("the log is empty");
  return log::export_tree(checkpoint_, *this, *this,
                          [&](const std::string& path, BytesView bytes) -> Result<Ok, Error> {
                            const std::filesystem::path file =
                                std::filesystem::path(directory) / path;
                            std::error_code problem;
                            std::filesystem::create_directories(file.parent_path(), problem);
                            if (problem)
                              return failed(file.parent_path().string() + ": " + problem.message());
                            return write_file(file.string(), bytes, 0644, Overwrite::allow);
                          });
}

}  // namespace jointca::daemon
