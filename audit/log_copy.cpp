#include "audit/log_copy.h"

#include <algorithm>

#include "base/codec.h"
#include "crypto/hash.h"

namespace jointca::audit {
namespace {

constexpr std::size_t bundle_bytes_max = log::tile_width * (log::bundle_entry_bytes_max + 2);
constexpr std::size_t tile_bytes_max = log::tile_width * Digest{}.size();
constexpr unsigned tile_height = 8;

Unexpected<Error> wrong(const LogCopy& copy, const std::string& path, const std::string& reason) {
  return failed(Error::Code::verification,
                copy.source->where() + ": " + copy.prefix + path + ": " + reason);
}

/// The tile or bundle, or, where a partial one is gone because it has grown, the full one.
Result<Ok, Error> read_tile(const LogCopy& copy, log::TileId tile, std::size_t bytes_max,
                            Bytes& bytes) {
  JCA_ASSIGN(bool is_there, copy.source->read(copy.prefix + tile.path(), bytes_max, bytes));
  if (!is_there && tile.width != log::tile_width) {
    tile.width = log::tile_width;
    JCA_ASSIGN(is_there, copy.source->read(copy.prefix + tile.path(), bytes_max, bytes));
  }
  if (!is_there) return wrong(copy, tile.path(), "missing");
  return Ok{};
}

/// Of the tile or bundle `index` at `level` in a tree of `size`.
std::uint16_t width_of(std::uint64_t size, unsigned level, std::uint64_t index) {
  const std::uint64_t nodes = size >> (tile_height * level);
  return static_cast<std::uint16_t>(
      std::min<std::uint64_t>(nodes - index * log::tile_width, log::tile_width));
}

}  // namespace

std::string mirror_prefix(std::string_view origin) {
  return "mirror/" + to_hex(sha256(as_bytes(origin))) + "/";
}

Result<std::optional<LogCopy>, Error> fetch_copy(const ca::Authority& authority,
                                                 std::uint16_t owner, std::uint16_t server,
                                                 LogSource& source) {
  const auto keys = ca::log_keys(authority.party(owner)->card);
  if (!keys) return failed(Error::Code::verification, "authority: " + keys.error().text());
  std::vector<log::NoteVerifier> cosigners;
  for (const ca::Party& party : authority.parties) {
    auto other = ca::log_keys(party.card);
    if (!other) return failed(Error::Code::verification, "authority: " + other.error().text());
    if (party.identifier != owner) cosigners.push_back(std::move(other->cosigner));
  }
  LogCopy copy{owner, server, &source, owner == server ? "log/" : mirror_prefix(keys->log.name),
               {},    {},     {}};
  Bytes note;
  JCA_ASSIGN(const bool has_it, source.read(copy.prefix + "checkpoint", log::note_bytes_max, note));
  if (!has_it) return std::optional<LogCopy>();
  copy.note = to_text(note);
  auto opened = log::open_checkpoint(copy.note, keys->log, cosigners);
  if (!opened) return wrong(copy, "checkpoint", opened.error().message);
  copy.checkpoint = std::move(opened->checkpoint);
  for (const auto& signature : opened->cosignatures)
    for (const ca::Party& party : authority.parties)
      if (signature.time && ca::log_keys(party.card)->cosigner == signature.by)
        copy.cosigned.push_back({party.identifier, copy.checkpoint.size, *signature.time});
  return std::optional(std::move(copy));
}

Result<Ok, Error> read_bundle(const LogCopy& copy, std::uint64_t bundle, std::uint64_t size,
                              Bundle& out) {
  const std::uint16_t width = width_of(size, 0, bundle);
  const log::TileId tile{log::TileId::Kind::entries, 0, bundle, width};
  out.entries.clear();
  JCA_TRY(read_tile(copy, tile, bundle_bytes_max, out.bytes));
  // As log::parse_bundle(), without a copy of each entry; more entries are those of a later tree.
  Reader in(out.bytes);
  out.entries.reserve(width);
  while (in.remaining() != 0 && out.entries.size() <= log::tile_width) {
    const auto entry = in.prefixed16(log::bundle_entry_bytes_max);
    if (!entry) return wrong(copy, tile.path(), entry.error().text());
    out.entries.push_back(*entry);
  }
  if (out.entries.size() != width && out.entries.size() != log::tile_width)
    return wrong(copy, tile.path(), "has " + std::to_string(out.entries.size()) + " entries");
  out.entries.resize(width);
  return Ok{};
}

Result<Digest, Error> TileHashes::hash(log::NodeId node) const {
  const unsigned level = node.level / tile_height, inner = node.level % tile_height;
  const std::uint64_t first = node.index << inner;
  const log::TileId tile{log::TileId::Kind::hashes, static_cast<std::uint8_t>(level),
                         first / log::tile_width,
                         width_of(copy_.checkpoint.size, level, first / log::tile_width)};
  auto found = tiles_.find(tile.path());
  if (found == tiles_.end()) {
    Bytes bytes;
    JCA_TRY(read_tile(copy_, tile, tile_bytes_max, bytes));
    if (bytes.size() < tile.width * Digest{}.size()) return wrong(copy_, tile.path(), "too short");
    found = tiles_.emplace(tile.path(), std::move(bytes)).first;
  }
  std::vector<Digest> row;
  for (std::uint64_t i = first % log::tile_width; row.size() < (std::size_t{1} << inner); ++i) {
    if (i >= tile.width) return wrong(copy_, tile.path(), "no such node");
    row.push_back(*to_array<32>(BytesView(found->second).subspan(i * 32, 32)));
  }
  for (; row.size() > 1; row.resize(row.size() / 2))
    for (std::size_t i = 0; i < row.size() / 2; ++i)
      row[i] = log::hash_children(row[2 * i], row[2 * i + 1]);
  return row.front();
}

Result<Digest, Error> EntryHashes::hash(log::NodeId node) const {
  const std::uint64_t begin = node.index << node.level, end = (node.index + 1) << node.level;
  if (end > copy_.checkpoint.size) return failed("the log has no such node");
  log::Tree tree;
  Bundle read;
  for (std::uint64_t at = begin; at < end;) {
    const std::uint64_t bundle = at / log::tile_width;
    JCA_TRY(read_bundle(copy_, bundle, copy_.checkpoint.size, read));
    std::vector<Digest> leaves;
    for (; at < end && at / log::tile_width == bundle; ++at)
      leaves.push_back(log::hash_leaf(read.entries[at % log::tile_width]));
    static_cast<void>(tree.append(leaves));
  }
  return tree.root();
}

Result<Digest, Error> proven_root(const LogCopy& copy, std::uint64_t size) {
  const log::Checkpoint& head = copy.checkpoint;
  if (size > head.size) return failed("the copy is shorter");
  if (size == head.size) return head.root;
  if (size == 0) return log::empty_root();
  const TileHashes tiles(copy);
  const EntryHashes entries(copy);
  for (const log::HashReader* reader : {static_cast<const log::HashReader*>(&tiles),
                                        static_cast<const log::HashReader*>(&entries)}) {
    const auto path = log::prefix_path(size, head.size, *reader);
    const auto root = path ? log::prefix_root(size, head.size, head.root, *path) : std::nullopt;
    if (root) return *root;
  }
  return wrong(copy, "", "neither its tiles nor its entries give the root that it signed");
}

}  // namespace jointca::audit
