#include "log/tree.h"

#include <algorithm>
#include <bit>

#include "base/assert.h"
#include "crypto/hash.h"

namespace jointca::log {
namespace {

constexpr std::uint8_t leaf_prefix[] = {0x00};
constexpr std::uint8_t node_prefix[] = {0x01};

/// The leaves [begin, end). Of ranges that occur, begin is a multiple of the power of two that is
/// at least the length.
struct Range {
  std::uint64_t begin;
  std::uint64_t end;
  [[nodiscard]] std::uint64_t length() const { return end - begin; }
  /// Where RFC 6962 splits: the largest power of two below the length, which must exceed 1.
  [[nodiscard]] std::uint64_t middle() const { return begin + std::bit_floor(length() - 1); }
  [[nodiscard]] Range left() const { return {begin, middle()}; }
  [[nodiscard]] Range right() const { return {middle(), end}; }
};

/// MTH(D[begin:end]). Reads one stored hash for each bit of the length.
Result<Digest, Error> hash_range(Range range, const HashReader& reader) {
  std::vector<Digest> complete;  // left to right
  while (range.begin < range.end) {
    const auto length = std::bit_floor(range.length());
    const auto level = static_cast<std::uint8_t>(std::countr_zero(length));
    JCA_ASSIGN(const Digest hash, reader.hash({level, range.begin >> level}));
    complete.push_back(hash);
    range.begin += length;
  }
  JCA_ASSERT(!complete.empty());
  Digest hash = complete.back();
  for (auto left = std::next(complete.rbegin()); left != complete.rend(); ++left)
    hash = hash_children(*left, hash);
  return hash;
}

/// The common walk of RFC 9162's two verifiers: from the node `fn` of a tree whose last node is
/// `sn` towards the root. `left` is told each sibling on the left, `right` each one on the right.
template <class Left, class Right>
bool climb(std::uint64_t fn, std::uint64_t sn, std::span<const Digest> proof, Left left,
           Right right) {
  for (const Digest& sibling : proof) {
    if (sn == 0) return false;
    if ((fn & 1) != 0 || fn == sn) {
      left(sibling);
      while ((fn & 1) == 0 && fn != 0) {
        fn >>= 1;
        sn >>= 1;
      }
    } else {
      right(sibling);
    }
    fn >>= 1;
    sn >>= 1;
  }
  return sn == 0;
}

}  // namespace

Digest hash_leaf(BytesView entry) { return sha256({leaf_prefix, entry}); }

Digest hash_children(const Digest& left, const Digest& right) {
  return sha256({node_prefix, left, right});
}

Digest empty_root() { return sha256(BytesView{}); }

void MemoryHashes::write(const std::vector<StoredHash>& hashes) {
  for (const auto& [node, hash] : hashes)
    JCA_ASSERT(hashes_.emplace(node, hash).first->second == hash);
}

Result<Digest, Error> MemoryHashes::hash(NodeId node) const {
  const auto found = hashes_.find(node);
  if (found == hashes_.end())
    return failed("the log has no hash at level " + std::to_string(node.level) + ", index " +
                  std::to_string(node.index));
  return found->second;
}

Result<Tree, Error> Tree::load(std::uint64_t size, const HashReader& reader) {
  if (size > size_max) return failed("the log's size is out of range");
  Tree tree;
  tree.size_ = size;
  for (std::uint8_t level = 0; level < tree.edge_.size(); ++level) {
    if ((size >> level & 1) == 0) continue;
    JCA_ASSIGN(tree.edge_[level], reader.hash({level, (size >> level) - 1}));
  }
  return tree;
}

Result<Tree, Error> Tree::from_edge(std::uint64_t size, std::span<const Digest> edge) {
  if (size > size_max) return failed("the log's size is out of range");
  if (edge.size() != static_cast<std::size_t>(std::popcount(size)))
    return failed("an edge that does not belong to the size");
  Tree tree;
  tree.size_ = size;
  auto next = edge.rbegin();  // the last is the smallest
  for (std::size_t level = 0; level < tree.edge_.size(); ++level)
    if ((size >> level & 1) != 0) tree.edge_[level] = *next++;
  return tree;
}

std::vector<StoredHash> Tree::edge() const {
  std::vector<StoredHash> hashes;
  for (std::size_t level = edge_.size(); level-- > 0;)
    if ((size_ >> level & 1) != 0)
      hashes.push_back({{static_cast<std::uint8_t>(level), (size_ >> level) - 1}, edge_[level]});
  return hashes;
}

Digest Tree::root() const {
  if (size_ == 0) return empty_root();
  auto level = static_cast<std::size_t>(std::countr_zero(size_));
  Digest hash = edge_[level];
  while (++level < edge_.size())
    if ((size_ >> level & 1) != 0) hash = hash_children(edge_[level], hash);
  return hash;
}

std::vector<StoredHash> Tree::append(std::span<const Digest> leaf_hashes) {
  JCA_ASSERT(leaf_hashes.size() <= size_max - size_);
  std::vector<StoredHash> known;
  known.reserve(2 * leaf_hashes.size());
  for (Digest hash : leaf_hashes) {
    std::uint8_t level = 0;
    known.push_back({{level, size_}, hash});
    for (; (size_ >> level & 1) != 0; ++level) {
      hash = hash_children(edge_[level], hash);
      known.push_back({{static_cast<std::uint8_t>(level + 1), size_ >> (level + 1)}, hash});
    }
    edge_[level] = hash;
    ++size_;
  }
  return known;
}

Result<Digest, Error> root(std::uint64_t size, const HashReader& reader) {
  JCA_ASSIGN(const Tree tree, Tree::load(size, reader));
  return tree.root();
}

Result<std::vector<Digest>, Error> inclusion_proof(std::uint64_t index, std::uint64_t size,
                                                   const HashReader& reader) {
  if (index >= size || size > size_max) return failed("no such leaf in a log of this size");
  std::vector<Digest> proof;  // from the root down
  for (Range range{0, size}; range.length() > 1;) {
    const bool left = index < range.middle();
    JCA_ASSIGN(const Digest sibling, hash_range(left ? range.right() : range.left(), reader));
    proof.push_back(sibling);
    range = left ? range.left() : range.right();
  }
  std::reverse(proof.begin(), proof.end());
  return proof;
}

Result<std::vector<Digest>, Error> consistency_proof(std::uint64_t old_size, std::uint64_t size,
                                                     const HashReader& reader) {
  if (old_size == 0 || old_size > size || size > size_max)
    return failed("no consistency proof between logs of these sizes");
  // SUBPROOF(m, D[n], b) of RFC 6962 §2.1.2, from the root down. `range` always has the last old
  // leaf; b says that the old tree begins with it, so that the verifier knows its hash.
  std::vector<Digest> proof;
  Range range{0, size};
  bool b = true;
  while (range.end != old_size) {
    const bool left = old_size <= range.middle();
    JCA_ASSIGN(const Digest sibling, hash_range(left ? range.right() : range.left(), reader));
    proof.push_back(sibling);
    range = left ? range.left() : range.right();
    b = b && left;
  }
  if (!b) {
    JCA_ASSIGN(const Digest shared, hash_range(range, reader));
    proof.push_back(shared);
  }
  std::reverse(proof.begin(), proof.end());
  return proof;
}

bool verify_inclusion(std::uint64_t index, std::uint64_t size, const Digest& leaf_hash,
                      std::span<const Digest> proof, const Digest& root) {
  if (index >= size) return false;
  Digest hash = leaf_hash;
  const bool climbed = climb(
      index, size - 1, proof, [&](const Digest& sibling) { hash = hash_children(sibling, hash); },
      [&](const Digest& sibling) { hash = hash_children(hash, sibling); });
  return climbed && hash == root;
}

Result<std::vector<Digest>, Error> prefix_path(std::uint64_t old_size, std::uint64_t size,
                                               const HashReader& reader) {
  if (old_size >= size) return failed("no path to the root of a prefix of these sizes");
  JCA_ASSIGN(auto path, consistency_proof(old_size, size, reader));
  if (std::has_single_bit(old_size)) {
    JCA_ASSIGN(const Digest whole, root(old_size, reader));
    path.insert(path.begin(), whole);
  }
  return path;
}

std::optional<Digest> prefix_root(std::uint64_t old_size, std::uint64_t size, const Digest& root,
                                  std::span<const Digest> path) {
  if (old_size == 0 || old_size >= size || path.empty()) return std::nullopt;
  // The walk begins at the largest complete subtree that ends the old tree.
  const int level = std::countr_zero(old_size);
  Digest old_hash = path.front();
  Digest hash = old_hash;
  const bool climbed = climb((old_size - 1) >> level, (size - 1) >> level, path.subspan(1),
                             [&](const Digest& sibling) {
                               old_hash = hash_children(sibling, old_hash);
                               hash = hash_children(sibling, hash);
                             },
                             [&](const Digest& sibling) { hash = hash_children(hash, sibling); });
  if (!climbed || hash != root) return std::nullopt;
  return old_hash;
}

bool verify_consistency(std::uint64_t old_size, std::uint64_t size, const Digest& old_root,
                        const Digest& root, std::span<const Digest> proof) {
  if (old_size == 0 || old_size > size) return false;
  if (old_size == size) return proof.empty() && old_root == root;
  if (proof.empty()) return false;
  if (!std::has_single_bit(old_size)) return prefix_root(old_size, size, root, proof) == old_root;
  // The proof leaves out the hash of the old tree where that is all of it.
  std::vector<Digest> path{old_root};
  path.insert(path.end(), proof.begin(), proof.end());
  return prefix_root(old_size, size, root, path) == old_root;
}

}  // namespace jointca::log
