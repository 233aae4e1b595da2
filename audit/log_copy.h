// audit/log_copy.h — one copy of a log at one party: its signed checkpoint, and readers of its
// entries and hashes. A copy is believed for what it proves, not for where it lies.
#pragma once

#include <map>

#include "audit/source.h"
#include "ca/authority.h"
#include "log/checkpoint.h"
#include "log/tile.h"

namespace jointca::audit {

/// A party's newest statement on a log that a copy's checkpoint carries.
struct Cosigned {
  std::uint16_t party = 0;
  std::uint64_t size = 0;
  Time time;
};

struct LogCopy {
  std::uint16_t owner = 0;   ///< whose log it is
  std::uint16_t server = 0;  ///< who serves it
  LogSource* source = nullptr;
  std::string prefix;  ///< "log/" or "mirror/<hex>/"
  std::string note;
  log::Checkpoint checkpoint;
  std::vector<Cosigned> cosigned;
};

/// Where a server has the log of `origin`.
[[nodiscard]] std::string mirror_prefix(std::string_view origin);

/// Fetches and verifies a checkpoint of `owner`'s log. Nothing if the server has none. The error
/// `verification` is about the server: what it gave is no checkpoint of that log, or one with a bad
/// signature by a party.
[[nodiscard]] Result<std::optional<LogCopy>, Error> fetch_copy(const ca::Authority& authority,
                                                               std::uint16_t owner,
                                                               std::uint16_t server,
                                                               LogSource& source);

/// Entries where they were read. To be used again for the next ones: the memory stays.
struct Bundle {
  Bytes bytes;
  std::vector<BytesView> entries;  ///< into `bytes`
};

/// The entries of bundle `bundle` (256 each) that a tree of `size` entries has, into `out`. Does
/// not verify them.
[[nodiscard]] Result<Ok, Error> read_bundle(const LogCopy& copy, std::uint64_t bundle,
                                            std::uint64_t size, Bundle& out);

/// The stored hashes out of a copy's hash tiles. Nothing is verified: use it where the result is,
/// as by log::prefix_root().
class TileHashes final : public log::HashReader {
 public:
  explicit TileHashes(const LogCopy& copy) : copy_(copy) {}
  [[nodiscard]] Result<Digest, Error> hash(log::NodeId node) const override;

 private:
  const LogCopy& copy_;
  mutable std::map<std::string, Bytes> tiles_;  ///< those of one proof: a few for each level
};

/// The same out of the entries alone, for a copy whose tiles are missing or wrong. Reads up to the
/// whole log for one proof.
class EntryHashes final : public log::HashReader {
 public:
  explicit EntryHashes(const LogCopy& copy) : copy_(copy) {}
  [[nodiscard]] Result<Digest, Error> hash(log::NodeId node) const override;

 private:
  const LogCopy& copy_;
};

/// The root of the first `size` entries of the copy, as its checkpoint proves it.
[[nodiscard]] Result<Digest, Error> proven_root(const LogCopy& copy, std::uint64_t size);

}  // namespace jointca::audit
