// audit/state.h — what an audit leaves for the next one, so that history is not read again: how far
// each log was verified, and the certificates that still matter. docs/audit.md has the format.
//
// It is the auditor's own file. Who can write it can hide things from the next run.
#pragma once

#include "audit/index.h"
#include "audit/merge.h"
#include "log/tree.h"

namespace jointca::audit {

inline constexpr std::size_t state_bytes_max = std::size_t{512} << 20;

/// One log up to a size that was verified.
struct LogState {
  std::uint16_t party = 0;
  std::string note;  ///< the checkpoint, verbatim: a half of any evidence to come
  std::uint64_t size = 0;
  Digest root{};
  std::vector<Digest> edge;  ///< complete subtrees that the tree is made of, the smallest first
  std::optional<Time> last;  ///< of the last entry that could be read
  EntryCounts counts;
  bool operator==(const LogState&) const = default;
};

struct State {
  Digest authority{};
  Time time;                   ///< when the run was
  std::uint64_t finished = 0;  ///< certificates that are not kept any more
  std::vector<LogState> logs;  ///< by party
};

/// Whether later entries can still bear upon the item.
[[nodiscard]] bool matters(const Item& item, const Index& index, Time now);

/// The state and those items of `index` that later entries can still bear upon at `state.time`:
/// not expired for a day, or with an outcome that a signer's log does not have.
[[nodiscard]] std::string to_json(const State& state, const Index& index);

/// Reads a state into an empty index. Strict: fails on what to_json() does not write, on parties
/// that `authority` does not have, and on another authority.
[[nodiscard]] Parsed<State> state_from_json(std::string_view text, const ca::Authority& authority,
                                            Index& index);

/// Appends to a tree and keeps its right edge, from where a later run can go on.
class Frontier {
 public:
  Frontier() = default;
  /// Fails unless the edge is that of a tree of this size and root.
  static Parsed<Frontier> from(const LogState& state);

  void append(std::span<const Digest> leaf_hashes);
  [[nodiscard]] std::uint64_t size() const { return tree_.size(); }
  [[nodiscard]] Digest root() const { return tree_.root(); }
  [[nodiscard]] std::vector<Digest> edge() const;

 private:
  log::Tree tree_;
  std::array<Digest, 63> newest_{};  ///< of each level, the last complete node
};

}  // namespace jointca::audit
