// daemon/party_log.h — this party's own log, kept in its database.
//
// An append is prepared, written inside the caller's transaction together with whatever must be
// durable with it, and applied after the commit. The signed checkpoint is part of the same
// transaction, so there is never an entry without a checkpoint nor the reverse, and the log never
// signs two trees: a crash before the commit leaves the old one, after it the new one.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crypto/signing_key.h"
#include "log/entry.h"
#include "log/note.h"
#include "log/tile.h"
#include "log/tree.h"

namespace soci {
class session;
}

namespace jointca::daemon {

class Store;

class PartyLog final : public log::HashReader, public log::EntryReader {
 public:
  /// Loads the newest checkpoint and refuses a log whose hashes do not give its root. `origin` is
  /// the name in the party's vkey.
  static Result<std::unique_ptr<PartyLog>, Error> open(Store& store, SigningKey log_key,
                                                       std::string origin);

  /// The same without the key: for reading a log beside its daemon. prepare() is not to be called.
  static Result<std::unique_ptr<PartyLog>, Error> open_to_read(Store& store,
                                                               const log::NoteVerifier& verifier);

  struct Append {
    std::uint64_t first = 0;  ///< index of the first new entry
    std::vector<Bytes> entries;
    std::vector<log::StoredHash> hashes;
    log::Tree tree;
    std::string checkpoint;  ///< signed note of the new size
  };
  /// Fails if an entry cannot be encoded.
  [[nodiscard]] Result<Append, Error> prepare(const std::vector<log::Entry>& entries) const;
  void write(soci::session& sql, const Append& append) const;
  void apply(Append append);

  [[nodiscard]] std::uint64_t size() const { return tree_.size(); }
  /// The newest signed checkpoint; empty while the log is.
  [[nodiscard]] const std::string& checkpoint() const { return checkpoint_; }
  [[nodiscard]] std::string vkey() const;

  /// Writes the static tree of C2SP tlog-tiles below `directory`, which it makes.
  [[nodiscard]] Result<Ok, Error> export_to(const std::string& directory) const;

  [[nodiscard]] Result<Digest, Error> hash(log::NodeId node) const override;
  [[nodiscard]] Result<Bytes, Error> entry(std::uint64_t index) const override;

 private:
  PartyLog(Store& store, std::optional<SigningKey> log_key, log::NoteVerifier verifier)
      : store_(store), log_key_(std::move(log_key)), verifier_(std::move(verifier)) {}
  Result<Ok, Error> load();

  Store& store_;
  std::optional<SigningKey> log_key_;
  log::NoteVerifier verifier_;
  log::Tree tree_;
  std::string checkpoint_;
};

}  // namespace jointca::daemon
