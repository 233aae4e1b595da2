// tests/unit/log/tree_test.cpp — the Merkle tree against published vectors and RFC 6962's recursive
// definitions.
#include "log/tree.h"

#include <bit>

#include <catch2/catch.hpp>

#include "tests/support/seeded_rng.h"
#include "tests/unit/log/support.h"

namespace jointca::log {
namespace {

using jointca::test::SeededRng;
using Leaves = std::span<const Digest>;

// RFC 6962 §2.1 as it is written, over leaf hashes.

std::size_t split(Leaves d) { return std::bit_floor(d.size() - 1); }

Digest mth(Leaves d) {
  if (d.empty()) return empty_root();
  if (d.size() == 1) return d[0];
  return hash_children(mth(d.first(split(d))), mth(d.subspan(split(d))));
}

std::vector<Digest> path(std::size_t m, Leaves d) {
  if (d.size() == 1) return {};
  const auto k = split(d);
  auto proof = m < k ? path(m, d.first(k)) : path(m - k, d.subspan(k));
  proof.push_back(mth(m < k ? d.subspan(k) : d.first(k)));
  return proof;
}

std::vector<Digest> subproof(std::size_t m, Leaves d, bool b) {
  if (m == d.size()) return b ? std::vector<Digest>{} : std::vector<Digest>{mth(d)};
  const auto k = split(d);
  auto proof = m <= k ? subproof(m, d.first(k), b) : subproof(m - k, d.subspan(k), false);
  proof.push_back(mth(m <= k ? d.subspan(k) : d.first(k)));
  return proof;
}

struct RandomTree {
  RandomTree(std::size_t size, std::uint64_t seed) {
    SeededRng rng(seed);
    for (std::size_t i = 0; i < size; ++i) leaves.push_back(rng.array<32>());
    hashes.write(tree.append(leaves));
  }
  std::vector<Digest> leaves;
  Tree tree;
  MemoryHashes hashes;
};

/// Every way to spoil a proof by one bit, one hash more or one hash less.
std::vector<std::vector<Digest>> spoiled(const std::vector<Digest>& proof) {
  std::vector<std::vector<Digest>> all;
  for (std::size_t i = 0; i < proof.size(); ++i) {
    for (std::size_t bit = 0; bit < 256; ++bit) {
      all.push_back(proof);
      all.back()[i][bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    }
    all.push_back(proof);
    all.back().erase(all.back().begin() + static_cast<std::ptrdiff_t>(i));
    all.push_back(proof);
    all.back().insert(all.back().begin() + static_cast<std::ptrdiff_t>(i), proof[i]);
  }
  all.push_back(proof);
  all.back().push_back(Digest{});
  all.push_back(proof);
  all.back().insert(all.back().begin(), Digest{});
  return all;
}

TEST_CASE("a prefix path gives the root of every prefix, and a spoiled one another or none") {
  const RandomTree t(23, 5);
  for (std::uint64_t size = 2; size <= 23; ++size)
    for (std::uint64_t old_size = 1; old_size < size; ++old_size) {
      INFO(old_size << " of " << size);
      const auto path = prefix_path(old_size, size, t.hashes);
      REQUIRE(path);
      const auto whole = *root(size, t.hashes);
      CHECK(prefix_root(old_size, size, whole, *path) == *root(old_size, t.hashes));
      CHECK_FALSE(prefix_root(old_size, size, Digest{1}, *path));
      if (size > 9) continue;
      for (const auto& other : spoiled(*path))
        CHECK_FALSE(prefix_root(old_size, size, whole, other));
    }
  CHECK_FALSE(prefix_path(0, 5, t.hashes));
  CHECK_FALSE(prefix_path(5, 5, t.hashes));
  CHECK_FALSE(prefix_root(5, 5, *root(5, t.hashes), std::vector<Digest>{*root(5, t.hashes)}));
}

TEST_CASE("the published leaves have the published hashes, roots and proofs") {
  const auto vectors = test::vector_json("rfc6962.json");
  std::vector<Digest> leaf_hashes;
  for (const auto& leaf : vectors["leaves"])
    leaf_hashes.push_back(hash_leaf(*from_hex(leaf.get<std::string>())));
  REQUIRE(leaf_hashes.size() == 8);
  CHECK(leaf_hashes == test::digests_from_hex(vectors["leaf_hashes"]));

  Tree tree;
  MemoryHashes hashes;
  const auto roots = test::digests_from_hex(vectors["roots"]);
  CHECK(tree.root() == roots[0]);
  for (std::size_t i = 0; i < 8; ++i) {
    hashes.write(tree.append(leaf_hashes[i]));
    CHECK(tree.root() == roots[i + 1]);
  }
  for (std::size_t size = 0; size <= 8; ++size) CHECK(*root(size, hashes) == roots[size]);

  CHECK(*inclusion_proof(5, 8, hashes) == test::digests_from_hex(vectors["inclusion_5_8"]));
  CHECK(*consistency_proof(6, 8, hashes) == test::digests_from_hex(vectors["consistency_6_8"]));
  CHECK(*consistency_proof(2, 5, hashes) == test::digests_from_hex(vectors["consistency_2_5"]));
}

TEST_CASE("the published proofs, good and bad, get the published verdicts") {
  const auto vectors = test::vector_json("merkle-proofs.json");
  // Hashes of another length cannot be expressed here; a reader refuses them.
  const auto hash = [](const nlohmann::json& text) -> std::optional<Digest> {
    const auto bytes = from_base64(text.is_null() ? "" : text.get<std::string>());
    return bytes ? to_array<32>(*bytes) : std::nullopt;
  };
  const auto proof = [&](const nlohmann::json& list) -> std::optional<std::vector<Digest>> {
    std::vector<Digest> hashes;
    for (const auto& text : list) {
      const auto one = hash(text);
      if (!one) return std::nullopt;
      hashes.push_back(*one);
    }
    return hashes;
  };
  std::size_t accepted = 0;
  std::size_t refused = 0;
  for (const auto& one : vectors["inclusion"]) {
    INFO(one.dump());
    const auto leaf = hash(one["leafHash"]);
    const auto expected = hash(one["root"]);
    const auto hashes = proof(one["proof"]);
    const bool ok = leaf && expected && hashes &&
                    verify_inclusion(one["leafIdx"], one["treeSize"], *leaf, *hashes, *expected);
    CHECK(ok == !one["wantErr"].get<bool>());
    ++(ok ? accepted : refused);
  }
  for (const auto& one : vectors["consistency"]) {
    INFO(one.dump());
    const auto old_root = hash(one["root1"]);
    const auto new_root = hash(one["root2"]);
    const auto hashes = proof(one["proof"]);
    const bool ok = old_root && new_root && hashes &&
                    verify_consistency(one["size1"], one["size2"], *old_root, *new_root, *hashes);
    // One good case has the text "don't care" for its roots.
    const bool expressible = old_root.has_value() && new_root.has_value();
    CHECK(ok == (expressible && !one["wantErr"].get<bool>()));
    ++(ok ? accepted : refused);
  }
  CHECK(accepted == 11);
  CHECK(refused == 185);
}

TEST_CASE("roots at the borders of tiles are those of other implementations") {
  const auto vectors = test::vector_json("tile-boundaries.json");
  const std::uint64_t largest = 70000;
  MemoryHashes hashes;
  Tree tree;
  std::size_t compared = 0;
  for (std::uint64_t i = 0; i < largest; ++i) {
    hashes.write(tree.append(hash_leaf(test::numbered_entry(i))));
    const auto expected = vectors.find(std::to_string(tree.size()));
    if (expected == vectors.end()) continue;
    CHECK(tree.root() == test::digest_from_hex(*expected));
    CHECK(*root(tree.size(), hashes) == tree.root());
    ++compared;
  }
  CHECK(compared == vectors.size());
  CHECK(hashes.count() < 2 * largest);
}

TEST_CASE("appending many leaves at once gives what appending them one by one gives") {
  const RandomTree at_once(300, 1);
  Tree tree;
  MemoryHashes hashes;
  std::size_t begin = 0;
  for (const std::size_t count : {0U, 1U, 2U, 5U, 120U, 172U}) {
    hashes.write(tree.append(Leaves(at_once.leaves).subspan(begin, count)));
    begin += count;
  }
  REQUIRE(begin == 300);
  CHECK(tree.root() == at_once.tree.root());
  CHECK(hashes.count() == at_once.hashes.count());
  for (std::size_t size = 0; size <= 300; ++size)
    CHECK(*root(size, hashes) == mth(Leaves(at_once.leaves).first(size)));
}

TEST_CASE("a tree loaded from stored hashes goes on like the one that wrote them") {
  RandomTree original(77, 2);
  auto loaded = Tree::load(77, original.hashes);
  REQUIRE(loaded);
  CHECK(loaded->size() == 77);
  CHECK(loaded->root() == original.tree.root());
  CHECK(loaded->append(Digest{1}) == original.tree.append(Digest{1}));
  CHECK(loaded->root() == original.tree.root());
}

TEST_CASE("children are returned before their parents and nothing twice") {
  Tree tree;
  MemoryHashes known;
  for (const auto& stored : tree.append(RandomTree(64, 3).leaves)) {
    if (stored.node.level > 0) {
      const auto level = static_cast<std::uint8_t>(stored.node.level - 1);
      const auto left = known.hash({level, 2 * stored.node.index});
      const auto right = known.hash({level, 2 * stored.node.index + 1});
      REQUIRE(left);
      REQUIRE(right);
      CHECK(stored.hash == hash_children(*left, *right));
    }
    CHECK_FALSE(known.hash(stored.node));
    known.write({stored});
  }
  CHECK(known.count() == 127);
}

TEST_CASE("every proof of every tree up to 66 leaves is RFC 6962's, and verifies") {
  const RandomTree t(66, 4);
  for (std::size_t size = 1; size <= t.leaves.size(); ++size) {
    const auto d = Leaves(t.leaves).first(size);
    const auto top = mth(d);
    for (std::size_t i = 0; i < size; ++i) {
      const auto proof = inclusion_proof(i, size, t.hashes);
      REQUIRE(proof);
      REQUIRE(*proof == path(i, d));
      REQUIRE(verify_inclusion(i, size, d[i], *proof, top));
    }
    for (std::size_t m = 1; m <= size; ++m) {
      const auto proof = consistency_proof(m, size, t.hashes);
      REQUIRE(proof);
      REQUIRE(*proof == subproof(m, d, true));
      REQUIRE(verify_consistency(m, size, mth(d.first(m)), top, *proof));
    }
  }
}

TEST_CASE("random proofs of larger trees are RFC 6962's") {
  SeededRng rng(5);
  const RandomTree t(3000, 6);
  for (int round = 0; round < 60; ++round) {
    const auto size = 1 + rng.below(3000);
    const auto i = rng.below(size);
    const auto m = 1 + rng.below(size);
    const auto d = Leaves(t.leaves).first(size);
    CHECK(*inclusion_proof(i, size, t.hashes) == path(i, d));
    CHECK(*consistency_proof(m, size, t.hashes) == subproof(m, d, true));
  }
}

TEST_CASE("an inclusion proof with any bit flipped fails") {
  const RandomTree t(13, 7);
  const auto top = t.tree.root();
  for (std::size_t i = 0; i < 13; ++i) {
    const auto proof = *inclusion_proof(i, 13, t.hashes);
    for (const auto& bad : spoiled(proof))
      CHECK_FALSE(verify_inclusion(i, 13, t.leaves[i], bad, top));
    for (std::size_t bit = 0; bit < 256; ++bit) {
      const auto flip = [&](Digest digest) {
        digest[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
        return digest;
      };
      CHECK_FALSE(verify_inclusion(i, 13, flip(t.leaves[i]), proof, top));
      CHECK_FALSE(verify_inclusion(i, 13, t.leaves[i], proof, flip(top)));
    }
    for (std::size_t other = 0; other < 20; ++other)
      if (other != i) CHECK_FALSE(verify_inclusion(other, 13, t.leaves[i], proof, top));
  }
  CHECK_FALSE(verify_inclusion(0, 0, Digest{}, {}, empty_root()));
}

TEST_CASE("a consistency proof with any bit flipped fails") {
  const RandomTree t(14, 8);
  const auto top = t.tree.root();
  for (std::size_t m = 1; m <= 14; ++m) {
    const auto old_root = *root(m, t.hashes);
    const auto proof = *consistency_proof(m, 14, t.hashes);
    for (const auto& bad : spoiled(proof))
      CHECK_FALSE(verify_consistency(m, 14, old_root, top, bad));
    for (std::size_t bit = 0; bit < 256; ++bit) {
      const auto flip = [&](Digest digest) {
        digest[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
        return digest;
      };
      CHECK_FALSE(verify_consistency(m, 14, flip(old_root), top, proof));
      CHECK_FALSE(verify_consistency(m, 14, old_root, flip(top), proof));
    }
    for (std::size_t other = 0; other < 16; ++other)
      if (other != m) CHECK_FALSE(verify_consistency(other, 14, old_root, top, proof));
  }
}

TEST_CASE("nothing is proven of an empty tree, and nothing outside a tree") {
  const RandomTree t(8, 9);
  CHECK_FALSE(inclusion_proof(8, 8, t.hashes));
  CHECK_FALSE(inclusion_proof(0, 0, t.hashes));
  CHECK_FALSE(inclusion_proof(0, size_max + 1, t.hashes));
  CHECK_FALSE(consistency_proof(0, 8, t.hashes));
  CHECK_FALSE(consistency_proof(8, 7, t.hashes));
  CHECK_FALSE(consistency_proof(1, size_max + 1, t.hashes));
  CHECK_FALSE(verify_consistency(0, 8, empty_root(), t.tree.root(), {}));
  CHECK_FALSE(verify_consistency(9, 8, t.tree.root(), t.tree.root(), {}));
  CHECK(verify_consistency(8, 8, t.tree.root(), t.tree.root(), {}));
}

TEST_CASE("a hash that the store lacks is an error, not a wrong root") {
  const RandomTree t(8, 10);
  CHECK_FALSE(root(9, t.hashes));
  CHECK_FALSE(Tree::load(size_max + 1, t.hashes));
  CHECK_FALSE(inclusion_proof(3, 9, t.hashes));
  CHECK_FALSE(consistency_proof(3, 9, t.hashes));
  CHECK(t.hashes.hash({4, 0}).error().message == "the log has no hash at level 4, index 0");
}

TEST_CASE("a tree is rebuilt from its edge, and only from one of its size") {
  for (std::uint64_t size = 0; size < 70; ++size) {
    Tree tree;
    while (tree.size() < size) (void)tree.append(Digest{static_cast<std::uint8_t>(tree.size())});
    std::vector<Digest> edge;
    for (const StoredHash& node : tree.edge()) edge.push_back(node.hash);
    auto rebuilt = Tree::from_edge(size, edge);
    REQUIRE(rebuilt);
    CHECK(rebuilt->root() == tree.root());
    (void)rebuilt->append(Digest{99});
    (void)tree.append(Digest{99});
    CHECK(rebuilt->root() == tree.root());
    edge.push_back(Digest{1});
    CHECK_FALSE(Tree::from_edge(size, edge));
  }
  CHECK_FALSE(Tree::from_edge(size_max + 1, {}));
}

}  // namespace
}  // namespace jointca::log
