// log/checkpoint.h — C2SP checkpoints (https://c2sp.org/tlog-checkpoint): a log's signed statement
// of its size and root. A log must never sign two that are inconsistent.
#pragma once

#include "log/note.h"
#include "log/tree.h"

namespace jointca::log {

/// What is signed. Two checkpoints conflict by (origin, size, root), never by their signed bytes.
struct Checkpoint {
  std::string origin;  ///< the name of the log's key
  std::uint64_t size = 0;
  Digest root{};

  /// Three lines: origin, decimal size, base64 root.
  [[nodiscard]] std::string text() const;
  /// Strict: exactly those lines, no extensions, size ≤ size_max without leading zeros; the root of
  /// size 0 is empty_root().
  static Parsed<Checkpoint> parse(std::string_view text);
  /// The same, but at size 0 with any root: for witnesses, who answer to that in a way of its own.
  static Parsed<Checkpoint> parse_form(std::string_view text);

  bool operator==(const Checkpoint&) const = default;
};

/// The whole note of one signature by the log's key, whose name is the origin. The origin must be a
/// key name and the size at most size_max (else aborts).
[[nodiscard]] std::string sign_checkpoint(const Checkpoint& checkpoint, const SigningKey& log_key);

struct VerifiedCheckpoint {
  Checkpoint checkpoint;
  std::vector<VerifiedSignature> cosignatures;  ///< by distinct cosigners, the log not among them
};

/// Opens a checkpoint of `origin`, which must carry a valid signature by `log_key`, and collects
/// those of `cosigners`. A bad signature by any of them refuses the whole (verification).
[[nodiscard]] Result<VerifiedCheckpoint, Error> open_checkpoint(
    std::string_view note, std::string_view origin, const NoteVerifier& log_key,
    std::span<const NoteVerifier> cosigners = {});

/// The same for our logs, where the name of the key is the origin.
[[nodiscard]] inline Result<VerifiedCheckpoint, Error> open_checkpoint(
    std::string_view note, const NoteVerifier& log_key,
    std::span<const NoteVerifier> cosigners = {}) {
  return open_checkpoint(note, log_key.name, log_key, cosigners);
}

}  // namespace jointca::log
