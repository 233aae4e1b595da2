// daemon/log_store.h — one log in the database: this party's own, or its copy of another's.
//
// An append is prepared, written inside the caller's transaction together with whatever must be
// durable with it, and applied after the commit. The signed checkpoint is part of the same
// transaction, so there is never an entry without a checkpoint nor the reverse.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "log/entry.h"
#include "log/note.h"
#include "log/tile.h"
#include "log/tree.h"

namespace soci {
class session;
}

namespace jointca::daemon {

class Store;

/// Keeps a signature of the certificate with these to-be-signed bytes, as a log has it or, under
/// the number shown_signatures, as this party was shown it. Says nothing of whether it holds.
inline constexpr int shown_signatures = -1;
void write_signature(soci::session& sql, int log, const Digest& tbs_sha256,
                     const SignatureBytes& signature);

/// The number of this party's own log in the database; a copy has its owner's identifier.
inline constexpr std::uint16_t own_log = 0;

/// Of the entries under one new checkpoint: one message carries them to the other parties.
inline constexpr std::size_t append_bytes_max = std::size_t{800} * 1024;

class LogStore : public log::HashReader, public log::EntryReader {
 public:
  /// Loads the newest checkpoint and refuses a log whose hashes do not give its root. `verifier` is
  /// the log's key, its name the origin.
  static Result<std::unique_ptr<LogStore>, Error> open(Store& store, std::uint16_t number,
                                                       log::NoteVerifier verifier);

  struct Append {
    std::uint64_t first = 0;  ///< index of the first new entry
    std::vector<Bytes> entries;
    std::vector<log::StoredHash> hashes;
    log::Tree tree;
    std::string checkpoint;  ///< signed note of the new size
  };
  /// Everything but the checkpoint, which write() wants.
  [[nodiscard]] Append extended_by(std::vector<Bytes> entries) const;
  void write(soci::session& sql, const Append& append) const;
  void apply(Append append);

  [[nodiscard]] std::uint64_t size() const { return tree_.size(); }
  [[nodiscard]] const log::Tree& tree() const { return tree_; }
  [[nodiscard]] const log::NoteVerifier& verifier() const { return verifier_; }
  /// The newest signed checkpoint, without cosignatures; empty while the log is.
  [[nodiscard]] const std::string& checkpoint() const { return checkpoint_; }
  /// The newest checkpoint of at most this size; empty if there is none.
  [[nodiscard]] Result<std::string, Error> checkpoint_up_to(std::uint64_t size) const;
  /// The newest checkpoint with every cosignature that is known for its size.
  [[nodiscard]] Result<std::string, Error> cosigned_checkpoint() const;
  /// The newest checkpoint that somebody has cosigned, with its cosignatures; the newest of all if
  /// nobody has. Whoever cosigned it has all of its entries: it outlives this party's disk.
  [[nodiscard]] Result<std::string, Error> newest_cosigned() const;
  /// Keeps a cosignature, which the caller has verified, of the checkpoint of `size`.
  void write_cosignature(soci::session& sql, std::uint64_t size,
                         const log::NoteSignature& cosignature) const;

  /// Where the certificate with these to-be-signed bytes and this R is logged.
  [[nodiscard]] Result<std::optional<std::uint64_t>, Error> find_issued(const Digest& tbs_sha256,
                                                                        const Digest& r) const;

  /// Reads every entry and every hash again: fails if one is not what the root was made of.
  [[nodiscard]] Result<Ok, Error> check_whole() const;

  /// Writes the static tree of C2SP tlog-tiles below `directory`, which it makes.
  [[nodiscard]] Result<Ok, Error> export_to(const std::string& directory) const;

  [[nodiscard]] Result<Digest, Error> hash(log::NodeId node) const override;
  [[nodiscard]] Result<Bytes, Error> entry(std::uint64_t index) const override;
  /// The entries [first, end), fewer if they hold more than `bytes_max`.
  [[nodiscard]] Result<std::vector<Bytes>, Error> entries(std::uint64_t first, std::uint64_t end,
                                                          std::size_t bytes_max) const;
  /// `count` stored hashes of one level in one reading; an error unless all are there.
  [[nodiscard]] Result<std::vector<Digest>, Error> hashes(std::uint8_t level, std::uint64_t first,
                                                          std::size_t count) const;
  /// The file of C2SP tlog-tiles at this place, which the log must have (log::has_tile).
  [[nodiscard]] Result<Bytes, Error> tile(const log::TileId& tile) const;

 protected:
  LogStore(Store& store, std::uint16_t number, log::NoteVerifier verifier)
      : store_(store), number_(number), verifier_(std::move(verifier)) {}
  Result<Ok, Error> load();

 private:
  [[nodiscard]] Result<std::string, Error> with_cosignatures(std::string note,
                                                             std::uint64_t of_size) const;

  Store& store_;
  std::uint16_t number_;
  log::NoteVerifier verifier_;
  log::Tree tree_;
  std::string checkpoint_;
};

}  // namespace jointca::daemon
