#include "daemon/store.h"

#include <cerrno>
#include <cstdint>
#include <system_error>

#include <fcntl.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace jointca::daemon {
namespace {

/// One element per version of the schema; never edited, only appended to.
constexpr const char* migrations[] = {
    // 1: the log (leaves, stored node hashes, signed checkpoints), what was issued, what is asked.
    "create table log_entry (idx integer primary key, data text not null);"
    "create table log_hash (level integer not null, idx integer not null, hash text not null,"
    "  primary key (level, idx)) without rowid;"
    "create table log_checkpoint (size integer primary key, note text not null);"
    // A holding is what this party logged before it released a share, or saw issued: it holds its
    // name and addresses whether or not the session was completed.
    "create table holding (request text primary key, host text not null,"
    "  invitation text not null, subject text not null, rule text not null,"
    "  made integer not null, certificates text not null, signers text not null,"
    "  intents integer not null);"
    // Sessions whose nonces are spent; kept so that a second use can be refused after a restart.
    "create table spent_session (session text primary key, made integer not null);"
    // Invitations seen by this party and its operator's decision on each.
    "create table invitation (digest text primary key, data text not null, state text not null,"
    "  reason text not null, asked text not null, made integer not null);",
    // 2: the copies of the other parties' logs beside our own, whose number is 0; by whom their
    // checkpoints were cosigned; where each certificate is logged.
    "create table leaf (log integer not null, idx integer not null, data text not null,"
    "  primary key (log, idx)) without rowid;"
    "insert into leaf select 0, idx, data from log_entry;"
    "drop table log_entry;"
    "create table node (log integer not null, level integer not null, idx integer not null,"
    "  hash text not null, primary key (log, level, idx)) without rowid;"
    "insert into node select 0, level, idx, hash from log_hash;"
    "drop table log_hash;"
    "create table checkpoint (log integer not null, size integer not null, note text not null,"
    "  primary key (log, size)) without rowid;"
    "insert into checkpoint select 0, size, note from log_checkpoint;"
    "drop table log_checkpoint;"
    "create table cosignature (log integer not null, size integer not null,"
    "  cosigner text not null, line text not null,"
    "  primary key (log, size, cosigner)) without rowid;"
    "create table issued (tbs text not null, r text not null, log integer not null,"
    "  idx integer not null, primary key (tbs, r, log, idx)) without rowid;",
    // 3: the newest checkpoints of outside logs that this party cosigned, by the SHA-256 of their
    // origin; the size of our own log that each outside witness cosigned last.
    ("create table witnessed (name text primary key, origin text not null, note text not null);"
     "create table witness (vkey text primary key, size integer not null);"),
    // 4: where parties ask for revocations; which certificates were about to be signed for a host;
    // signatures of certificates, by the log that has them or -1 if none has; which lists of
    // revocations this party has signed, and the newest that the parties have.
    ("create table revocation (log integer not null, idx integer not null,"
     "  primary key (log, idx)) without rowid;"
     "insert into revocation select log, idx from leaf where data like '{\"type\":\"revoke\"%';"
     "create table host_certificate (host text not null, tbs text not null, log integer not null,"
     "  primary key (host, tbs, log)) without rowid;"
     "insert or ignore into host_certificate"
     "  select substr(leaf.data, instr(leaf.data, '\"host\":\"') + 8, 64), issued.tbs, issued.log"
     "  from issued join leaf on leaf.log = issued.log and leaf.idx = issued.idx;"
     "create table certificate_signature (tbs text not null, log integer not null,"
     "  signature text not null, primary key (tbs, log, signature)) without rowid;"
     "insert or ignore into certificate_signature"
     "  select substr(data, instr(data, '\"tbs_sha256\":\"') + 14, 64), log,"
     "  substr(data, instr(data, '\"signature\":\"') + 13, 128)"
     "  from leaf where data like '{\"type\":\"outcome\"%';"
     "create table revocation_list (number integer primary key, document text not null);"
     "create table spent_list (number integer primary key, made integer not null);"),
    // 5: renewals use nothing of an invitation.
    // Tokens that were about to be signed for a host, for others to fetch.
    ("alter table holding add column renewal text not null default 'no';"
     "create table token (tbs text primary key, not_after integer not null) without rowid;"),
    // 6: the tokens that a signature is known of, in the order in which that came to be.
    ("create table signed_token (seq integer primary key autoincrement, tbs text not null);"
     "insert into signed_token (tbs) select tbs from token where exists"
     "  (select 1 from certificate_signature s where s.tbs = token.tbs);"),
    // 7: the hosts with a seat in a session of MPyC, in hexadecimal digits.
    "alter table holding add column members text not null default '';",
};

/// SQLite calls it a disk I/O error when there is no room for the files beside the database.
std::string why_no_room(const std::string& path) {
  constexpr std::uint64_t bytes_needed = std::uint64_t{64} * 1024;
  struct statvfs disk {};
  if (::statvfs(path.c_str(), &disk) != 0) return {};
  return disk.f_bavail * disk.f_frsize < bytes_needed ? ": the disk is full" : "";
}

}  // namespace

Store::Store(std::unique_ptr<soci::session> sql) : sql_(std::move(sql)) {}
Store::~Store() = default;

Result<std::unique_ptr<Store>, Error> Store::open(const std::string& path) {
  // SQLite would make it readable for others. The files beside it get its mode. An existing file is
  // not opened here: closing it would release the locks that this process has on it.
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0 && errno != EEXIST)
    return failed(path + ": " + std::generic_category().message(errno));
  if (file >= 0) ::close(file);
  try {
    auto sql = std::make_unique<soci::session>(soci::sqlite3, "db=" + path + " timeout=5");
    std::string mode;
    *sql << "pragma journal_mode=wal", soci::into(mode);
    if (mode != "wal") return failed(path + ": cannot use a write-ahead log here");
    *sql << "pragma synchronous=full";
    *sql << "pragma foreign_keys=on";
    int version = 0;
    *sql << "pragma user_version", soci::into(version);
    constexpr int newest = static_cast<int>(std::size(migrations));
    if (version > newest)
      return failed(path + ": written by a newer jointca (schema " + std::to_string(version) + ")");
    for (; version < newest; ++version) {
      soci::transaction transaction(*sql);
      std::string_view script = migrations[version];
      while (!script.empty()) {
        const std::size_t end = script.find(';');
        *sql << std::string(script.substr(0, end));
        script.remove_prefix(end + 1);
      }
      *sql << "pragma user_version=" << version + 1;
      transaction.commit();
    }
    return std::unique_ptr<Store>(new Store(std::move(sql)));
  } catch (const std::exception& error) {
    return failed(path + ": " + error.what() + why_no_room(path));
  }
}

Result<Ok, Error> Store::transact(const std::function<void(soci::session&)>& work) {
  try {
    soci::transaction transaction(*sql_);
    work(*sql_);
    transaction.commit();
    return Ok{};
  } catch (const std::exception& error) {
    return failed(std::string("state database: ") + error.what());
  }
}

Result<Ok, Error> Store::read(const std::function<void(soci::session&)>& work) {
  try {
    work(*sql_);
    return Ok{};
  } catch (const std::exception& error) {
    return failed(std::string("state database: ") + error.what());
  }
}

}  // namespace jointca::daemon
