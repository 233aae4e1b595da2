// log/witness.h — what a witness reads and how it decides (https://c2sp.org/tlog-witness).
//
// Pure: who stores the last cosigned tree, and signs, is the caller.
#pragma once

#include "log/checkpoint.h"

namespace jointca::log {

inline constexpr std::string_view tree_size_content_type = "text/x.tlog.size";

/// The body of a request to cosign: "old <size>", the lines of a consistency proof, an empty line,
/// and the log's checkpoint.
struct AddCheckpoint {
  std::uint64_t old_size = 0;
  std::vector<Digest> proof;  ///< at most proof_hashes_max
  Note note;
  Checkpoint checkpoint;  ///< what the note says; at size 0 with any root

  /// Strict; checks no signature and no hash.
  static Parsed<AddCheckpoint> parse(std::string_view body);
  [[nodiscard]] std::string encode() const;
};

/// The size and root that were cosigned last for an origin; nothing yet is the empty tree.
struct WitnessedTree {
  std::uint64_t size = 0;
  Digest root = empty_root();
};

/// What to answer. Only 200 changes what the witness remembers: then it is to store the checkpoint,
/// durably, before it gives its cosignature away.
struct WitnessDecision {
  unsigned status = 0;                 ///< 200, 400, 403, 409 or 422
  std::string reason;                  ///< for people; with 409 the size to start from
  std::optional<NoteSignature> valid;  ///< with 200: the log's line that was verified
};

/// Decides on a checkpoint of the log whose key is `log_key`, after `last`. The origin must be the
/// key's name: an origin that is not known is the caller's case (404).
[[nodiscard]] WitnessDecision decide(const AddCheckpoint& request, const NoteVerifier& log_key,
                                     const WitnessedTree& last);

}  // namespace jointca::log
