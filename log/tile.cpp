#include "log/tile.h"

#include <algorithm>
#include <cstdio>

#include "base/assert.h"
#include "base/codec.h"
#include "log/checkpoint.h"
#include "log/lines.h"

namespace jointca::log {
namespace {

constexpr unsigned level_bits = 8;  // a tile spans 8 levels of the tree: 256 = 2^8

/// How many hashes there are at tile level `level`; of entries at level 0.
constexpr std::uint64_t count_at(std::uint64_t size, unsigned level) {
  return size >> (level_bits * level);
}

std::string three_digits(std::uint64_t group) {
  std::string digits = std::to_string(group);
  return std::string(3 - digits.size(), '0') + digits;
}

/// 1234067 → "x001/x234/067".
std::string index_path(std::uint64_t index) {
  std::string path = three_digits(index % 1000);
  while ((index /= 1000) != 0) path = "x" + three_digits(index % 1000) + "/" + path;
  return path;
}

/// The text up to the next '/' or the end, which is taken off with the '/'.
std::string_view take_part(std::string_view& path) {
  const auto end = std::min(path.find('/'), path.size());
  const auto part = path.substr(0, end);
  path.remove_prefix(std::min(end + 1, path.size()));
  return part;
}

/// Rebuilds the tree while its entries are read in order, and compares every stored hash with it.
class Rebuilt final : public EntryReader {
 public:
  Rebuilt(const EntryReader& entries, const HashReader& hashes, Tree& tree)
      : entries_(entries), hashes_(hashes), tree_(tree) {}

  [[nodiscard]] Result<Bytes, Error> entry(std::uint64_t index) const override {
    JCA_ASSERT(index == tree_.size());
    JCA_ASSIGN(auto bytes, entries_.entry(index));
    for (const auto& [node, hash] : tree_.append(hash_leaf(bytes))) {
      JCA_ASSIGN(const Digest stored, hashes_.hash(node));
      if (stored != hash)
        return failed("log entry " + std::to_string(index) + " does not give the stored hash");
    }
    return bytes;
  }

 private:
  const EntryReader& entries_;
  const HashReader& hashes_;
  Tree& tree_;
};

}  // namespace

std::string TileId::path() const {
  const std::string where = kind == Kind::entries ? "entries" : std::to_string(level);
  std::string path = "tile/" + where + "/" + index_path(index);
  if (width != tile_width) path += ".p/" + std::to_string(width);
  return path;
}

Parsed<TileId> TileId::parse(std::string_view path) {
  // The longest index has 6 groups; anything near that is far below this.
  if (path.size() > 64) return malformed("tile path", "too long");
  auto rest = path;
  TileId tile;
  if (take_part(rest) != "tile") return malformed("tile path", "expected tile/");
  const auto where = take_part(rest);
  if (where == "entries") {
    tile.kind = Kind::entries;
  } else if (const auto level = parse_decimal(where, tile_levels_max - 1)) {
    tile.level = static_cast<std::uint8_t>(*level);
  } else {
    return malformed("tile path", "expected a level");
  }
  if (const auto partial = rest.find(".p/"); partial != std::string_view::npos) {
    const auto width = parse_decimal(rest.substr(partial + 3), tile_width - 1);
    if (!width || *width == 0) return malformed("tile path", "expected a width");
    tile.width = static_cast<std::uint16_t>(*width);
    rest = rest.substr(0, partial);
  }
  while (!rest.empty()) {
    auto group = take_part(rest);
    if (group.starts_with('x')) group.remove_prefix(1);
    std::uint64_t digits = 0;
    for (const char c : group) {
      if (c < '0' || c > '9') return malformed("tile path", "expected digits");
      digits = digits * 10 + static_cast<std::uint64_t>(c - '0');
      if (digits > 999) return malformed("tile path", "expected three digits");
    }
    if (tile.index > size_max / 1000) return malformed("tile path", "out of range");
    tile.index = tile.index * 1000 + digits;
  }
  if (!has_tile(size_max, tile)) return malformed("tile path", "out of range");
  if (tile.path() != path) return malformed("tile path", "not in canonical form");
  return tile;
}

Result<Ok, Error> for_each_tile(std::uint64_t size,
                                const std::function<Result<Ok, Error>(const TileId&)>& visit) {
  const auto row = [&](TileId tile) -> Result<Ok, Error> {
    const auto count = count_at(size, tile.level);
    for (std::uint64_t begin = 0; begin < count; begin += tile_width, ++tile.index) {
      tile.width = static_cast<std::uint16_t>(std::min<std::uint64_t>(tile_width, count - begin));
      JCA_TRY(visit(tile));
    }
    return Ok{};
  };
  JCA_TRY(row({TileId::Kind::entries}));
  for (std::uint8_t level = 0; level < tile_levels_max; ++level)
    JCA_TRY(row({TileId::Kind::hashes, level}));
  return Ok{};
}

bool has_tile(std::uint64_t size, const TileId& tile) {
  const auto count = count_at(size, tile.level);
  return tile.index <= count / tile_width && tile.width <= count - tile.index * tile_width;
}

Result<Bytes, Error> tile_bytes(const TileId& tile, const HashReader& hashes) {
  JCA_ASSERT(tile.kind == TileId::Kind::hashes && tile.level < tile_levels_max);
  const auto level = static_cast<std::uint8_t>(level_bits * tile.level);
  Bytes out;
  out.reserve(tile.width * sizeof(Digest));
  for (std::uint64_t i = 0; i < tile.width; ++i) {
    JCA_ASSIGN(const Digest hash, hashes.hash({level, tile.index * tile_width + i}));
    out.insert(out.end(), hash.begin(), hash.end());
  }
  return out;
}

Result<Bytes, Error> bundle_bytes(const TileId& tile, const EntryReader& entries) {
  JCA_ASSERT(tile.kind == TileId::Kind::entries);
  Writer out;
  for (std::uint64_t i = 0; i < tile.width; ++i) {
    const auto index = tile.index * tile_width + i;
    JCA_ASSIGN(const Bytes entry, entries.entry(index));
    if (entry.size() > bundle_entry_bytes_max)
      return failed("log entry " + std::to_string(index) + " is too long for a bundle");
    out.prefixed16(entry);
  }
  return std::move(out).take();
}

Parsed<std::vector<Bytes>> parse_bundle(BytesView bundle, std::uint16_t width) {
  Reader in(bundle);
  std::vector<Bytes> entries;
  while (entries.size() < width) {
    JCA_ASSIGN(const auto entry, in.prefixed16(bundle_entry_bytes_max));
    entries.push_back(to_bytes(entry));
  }
  JCA_TRY(in.finish());
  return entries;
}

Result<Ok, Error> export_tree(std::string_view checkpoint, const HashReader& hashes,
                              const EntryReader& entries, const TileWriter& write) {
  const auto note = Note::parse(checkpoint);
  if (!note) return failed("the log's checkpoint: " + note.error().text());
  const auto head = Checkpoint::parse(note->text);
  if (!head) return failed("the log's checkpoint: " + head.error().text());

  Tree tree;
  const Rebuilt rebuilt(entries, hashes, tree);
  JCA_TRY(for_each_tile(head->size, [&](const TileId& tile) -> Result<Ok, Error> {
    JCA_ASSIGN(const Bytes bytes, tile.kind == TileId::Kind::entries ? bundle_bytes(tile, rebuilt)
                                                                     : tile_bytes(tile, hashes));
    return write(tile.path(), bytes);
  }));
  if (tree.root() != head->root)
    return failed("the log's entries do not give the root of its checkpoint");
  return write("checkpoint", as_bytes(checkpoint));
}

}  // namespace jointca::log
