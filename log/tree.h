// log/tree.h — an append-only Merkle tree and its proofs, RFC 6962 §2.1 (RFC 9162 §2.1).
//
// Stored are the hashes of complete subtrees: the node (level L, index i) covers the leaves
// [i·2^L, (i+1)·2^L). They are written once and never change, about two for each leaf; level 0 has
// the leaf hashes. Everything else is computed from them. Nothing here reads or writes a store:
// `append` returns what is to be persisted, and the other functions read through HashReader.
#pragma once

#include <array>
#include <compare>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace jointca::log {

/// The largest size of a tree: sizes also fit a signed 64-bit integer of a database.
inline constexpr std::uint64_t size_max = std::uint64_t{1} << 62;
/// The longest proof for such a size.
inline constexpr std::size_t proof_hashes_max = 63;

/// SHA-256(0x00 ‖ entry).
[[nodiscard]] Digest hash_leaf(BytesView entry);
/// SHA-256(0x01 ‖ left ‖ right).
[[nodiscard]] Digest hash_children(const Digest& left, const Digest& right);
/// SHA-256 of nothing: the root of the tree without leaves.
[[nodiscard]] Digest empty_root();

struct NodeId {
  std::uint8_t level = 0;
  std::uint64_t index = 0;
  auto operator<=>(const NodeId&) const = default;
};

struct StoredHash {
  NodeId node;
  Digest hash{};
  bool operator==(const StoredHash&) const = default;
};

/// Where the stored hashes are.
class HashReader {
 public:
  HashReader() = default;
  HashReader(const HashReader&) = default;
  HashReader& operator=(const HashReader&) = default;
  virtual ~HashReader() = default;
  /// The hash of one complete node; an error if the store cannot give it.
  [[nodiscard]] virtual Result<Digest, Error> hash(NodeId node) const = 0;
};

/// The stored hashes in a map, for tests and verifiers.
class MemoryHashes final : public HashReader {
 public:
  /// Aborts if a node would change.
  void write(const std::vector<StoredHash>& hashes);
  [[nodiscard]] Result<Digest, Error> hash(NodeId node) const override;
  [[nodiscard]] std::size_t count() const { return hashes_.size(); }

 private:
  std::map<NodeId, Digest> hashes_;
};

/// The right edge of a tree: its size and the hashes of the largest complete subtrees it is made
/// of. Enough to append and to know the root without reading. A copy is cheap: append to a copy,
/// persist, then keep the copy.
class Tree {
 public:
  Tree() = default;
  /// The tree of the first `size` leaves that `reader` has; at most 62 reads.
  [[nodiscard]] static Result<Tree, Error> load(std::uint64_t size, const HashReader& reader);

  /// The tree with this edge(). Fails unless there is one hash for each bit set in the size.
  [[nodiscard]] static Result<Tree, Error> from_edge(std::uint64_t size,
                                                     std::span<const Digest> edge);

  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] Digest root() const;
  /// The largest complete subtrees, left to right: one for each bit set in the size.
  [[nodiscard]] std::vector<StoredHash> edge() const;

  /// Adds leaves by their hashes, and returns every stored hash that became known, in an order in
  /// which children come before their parents.
  [[nodiscard]] std::vector<StoredHash> append(std::span<const Digest> leaf_hashes);
  [[nodiscard]] std::vector<StoredHash> append(const Digest& leaf_hash) {
    return append(std::span(&leaf_hash, 1));
  }

 private:
  std::uint64_t size_ = 0;
  /// At L the hash of the complete subtree of 2^L leaves, where bit L of the size is set.
  std::array<Digest, 63> edge_{};
};

/// The root of the first `size` leaves.
[[nodiscard]] Result<Digest, Error> root(std::uint64_t size, const HashReader& reader);

/// The audit path of the leaf `index` in the first `size` leaves, sibling of the leaf first.
/// An error unless index < size ≤ size_max.
[[nodiscard]] Result<std::vector<Digest>, Error> inclusion_proof(std::uint64_t index,
                                                                 std::uint64_t size,
                                                                 const HashReader& reader);

/// That the first `old_size` leaves are a prefix of the first `size`, RFC 6962 §2.1.2. Empty for
/// equal sizes. An error unless 0 < old_size ≤ size ≤ size_max: an empty tree is a prefix of every
/// tree, which needs no proof and is the caller's case.
[[nodiscard]] Result<std::vector<Digest>, Error> consistency_proof(std::uint64_t old_size,
                                                                   std::uint64_t size,
                                                                   const HashReader& reader);

/// RFC 9162 §2.1.3.2. False for index ≥ size.
[[nodiscard]] bool verify_inclusion(std::uint64_t index, std::uint64_t size,
                                    const Digest& leaf_hash, std::span<const Digest> proof,
                                    const Digest& root);

/// RFC 9162 §2.1.4.2. False for old_size = 0, as above.
[[nodiscard]] bool verify_consistency(std::uint64_t old_size, std::uint64_t size,
                                      const Digest& old_root, const Digest& root,
                                      std::span<const Digest> proof);

/// A path that determines the root of the first `old_size` leaves: consistency_proof(), always with
/// the hash of the largest complete subtree that ends the old tree in front. An error unless
/// 0 < old_size < size ≤ size_max.
[[nodiscard]] Result<std::vector<Digest>, Error> prefix_path(std::uint64_t old_size,
                                                             std::uint64_t size,
                                                             const HashReader& reader);

/// The root of the first `old_size` leaves of the tree of `size` leaves with `root`, or nothing if
/// the path is not one of that tree. What it returns is proven as `root` is: a signed checkpoint of
/// old_size with another root is of another tree.
[[nodiscard]] std::optional<Digest> prefix_root(std::uint64_t old_size, std::uint64_t size,
                                                const Digest& root, std::span<const Digest> path);

}  // namespace jointca::log
