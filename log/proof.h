// log/proof.h — C2SP tlog-proof (https://c2sp.org/tlog-proof): that an entry is in a log, in one
// text file that can be checked offline.
#pragma once

#include "log/checkpoint.h"

namespace jointca::log {

inline constexpr std::size_t proof_bytes_max = std::size_t{256} * 1024;
inline constexpr std::size_t proof_extra_bytes_max = std::size_t{64} * 1024;

struct TlogProof {
  std::optional<Bytes> extra;  ///< not authenticated; what it means is the application's
  std::uint64_t index = 0;
  std::vector<Digest> hashes;  ///< sibling of the leaf first
  std::string checkpoint;      ///< the note, verbatim

  /// "c2sp.org/tlog-proof@v1", the fields, an empty line, the checkpoint.
  [[nodiscard]] std::string encode() const;
  /// Checks the form of the checkpoint's note, but no signature and no hash.
  static Parsed<TlogProof> parse(std::string_view text);

  bool operator==(const TlogProof&) const = default;
};

/// Checks the log's signature, every known cosigner's (open_checkpoint), and that the leaf is in
/// the tree. Which cosigners suffice is the caller's decision.
[[nodiscard]] Result<VerifiedCheckpoint, Error> verify_proof(
    const TlogProof& proof, const Digest& leaf_hash, const NoteVerifier& log_key,
    std::span<const NoteVerifier> cosigners = {});

}  // namespace jointca::log
