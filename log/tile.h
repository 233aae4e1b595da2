// log/tile.h — the tree's hashes and entries as files that any C2SP client can read
// (https://c2sp.org/tlog-tiles).
//
// Every partial tile or bundle is a prefix of every longer one of the same place, so none has to be
// kept: they are cut from the store when asked for.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "log/tree.h"

namespace jointca::log {

inline constexpr unsigned tile_width = 256;     ///< hashes in a full tile, entries in a full bundle
inline constexpr unsigned tile_levels_max = 8;  ///< levels 0 … 7 cover 2^62 leaves
inline constexpr std::size_t bundle_entry_bytes_max = 65535;

/// The place of a tile or an entry bundle in the tree.
struct TileId {
  enum class Kind { hashes, entries };
  Kind kind = Kind::hashes;
  std::uint8_t level =
      0;  ///< of tiles: 0 has the leaf hashes, L the nodes at level 8·L; 0 for entries
  std::uint64_t index = 0;           ///< counts full tiles of this level
  std::uint16_t width = tile_width;  ///< 1 … 256; below 256 it is partial

  /// "tile/0/x001/x234/067", "tile/1/000.p/17", "tile/entries/000.p/3".
  [[nodiscard]] std::string path() const;
  /// Accepts exactly what path() writes, and only places that a tree of size_max leaves can have.
  static Parsed<TileId> parse(std::string_view path);

  bool operator==(const TileId&) const = default;
};

/// Every tile and bundle of a tree of `size` leaves is handed to `visit`: all full ones and the
/// partial ones at the right edge. Stops at the first error.
[[nodiscard]] Result<Ok, Error> for_each_tile(
    std::uint64_t size, const std::function<Result<Ok, Error>(const TileId&)>& visit);

/// Whether a tree of `size` leaves has all of `tile`: a partial one is also there when its place
/// has grown.
[[nodiscard]] bool has_tile(std::uint64_t size, const TileId& tile);

/// Where the entries are.
class EntryReader {
 public:
  EntryReader() = default;
  EntryReader(const EntryReader&) = default;
  EntryReader& operator=(const EntryReader&) = default;
  virtual ~EntryReader() = default;
  [[nodiscard]] virtual Result<Bytes, Error> entry(std::uint64_t index) const = 0;
};

/// `width` hashes of 32 bytes. `tile` must be of kind hashes.
[[nodiscard]] Result<Bytes, Error> tile_bytes(const TileId& tile, const HashReader& hashes);

/// For each entry its length as u16 big-endian, then its bytes. `tile` must be of kind entries.
/// Fails on an entry of more than 65535 bytes.
[[nodiscard]] Result<Bytes, Error> bundle_bytes(const TileId& tile, const EntryReader& entries);
/// The entries of a bundle, exactly `width` of them.
[[nodiscard]] Parsed<std::vector<Bytes>> parse_bundle(BytesView bundle, std::uint16_t width);

/// Takes a path below the log's prefix and the file's bytes.
using TileWriter = std::function<Result<Ok, Error>(const std::string& path, BytesView bytes)>;

/// Writes a static log: every tile and bundle of the tree that the note `checkpoint` states, then
/// the checkpoint itself, last, so that a reader of the directory never sees it without its tiles.
/// Rebuilds the tree from the entries and fails, before the checkpoint is written, if a stored hash
/// or the stated root differs. Does not check the note's signature.
[[nodiscard]] Result<Ok, Error> export_tree(std::string_view checkpoint, const HashReader& hashes,
                                            const EntryReader& entries, const TileWriter& write);

}  // namespace jointca::log
