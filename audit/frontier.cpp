// audit/frontier.cpp — the right edge of a tree, out of and into a state.
#include <bit>

#include "audit/state.h"

namespace jointca::audit {
namespace {

/// The hashes of an edge under the names by which a tree asks for them.
class EdgeHashes final : public log::HashReader {
 public:
  explicit EdgeHashes(const LogState& state) : state_(state) {}
  [[nodiscard]] Result<Digest, Error> hash(log::NodeId node) const override {
    std::size_t below = 0;
    for (std::uint8_t level = 0; level < node.level; ++level) below += state_.size >> level & 1;
    if (below >= state_.edge.size()) return failed("the edge is too short");
    return state_.edge[below];
  }

 private:
  const LogState& state_;
};

}  // namespace

Parsed<Frontier> Frontier::from(const LogState& state) {
  Frontier out;
  auto tree = log::Tree::load(state.size, EdgeHashes(state));
  if (!tree || tree->root() != state.root ||
      state.edge.size() != static_cast<std::size_t>(std::popcount(state.size)))
    return malformed("edge", "not that of a tree of this size and root");
  out.tree_ = *std::move(tree);
  std::size_t at = 0;
  for (std::size_t level = 0; level < out.newest_.size(); ++level)
    if ((state.size >> level & 1) != 0) out.newest_[level] = state.edge[at++];
  return out;
}

void Frontier::append(std::span<const Digest> leaf_hashes) {
  for (const log::StoredHash& stored : tree_.append(leaf_hashes))
    newest_[stored.node.level] = stored.hash;
}

std::vector<Digest> Frontier::edge() const {
  std::vector<Digest> edge;
  for (std::size_t level = 0; level < newest_.size(); ++level)
    if ((size() >> level & 1) != 0) edge.push_back(newest_[level]);
  return edge;
}

}  // namespace jointca::audit
