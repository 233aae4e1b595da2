// audit/copies.h — every copy of every log that the parties serve, which of them is to be read, and
// what they say about each other.
#pragma once

#include <set>

#include "audit/audit.h"

namespace jointca::audit {

/// All copies of one log whose checkpoints are in order, the longest first; of equal ones the
/// owner's own first.
using Copies = std::vector<LogCopy>;

class CopySet {
 public:
  CopySet(const Request& request, Findings& findings) : request_(request), findings_(findings) {}

  /// Asks every source for every log that it should have, and then the live owners for theirs once
  /// more. MISSING_LOG, BAD_CHECKPOINT, MISSING_MIRROR.
  void fetch();

  /// The copy to be read, or null.
  [[nodiscard]] const LogCopy* best(std::uint16_t party) const;
  /// The best is of no use: what it serves is not what was signed.
  void drop_best(std::uint16_t party);
  /// The size of the log at the first look.
  [[nodiscard]] std::uint64_t first_look(std::uint16_t party) const;
  /// Whether `copy` is what its owner gave at the second look.
  [[nodiscard]] bool is_second_look(const LogCopy& copy) const;
  [[nodiscard]] const Copies& copies(std::uint16_t party) const;

  /// Holds the copies of one log against the best: SPLIT_VIEW and COSIGNER_DISAGREES, and STALE_LOG
  /// if its owner shows less than others. `earlier` is what the run before saw, with ROLLBACK.
  void compare(std::uint16_t party, const LogState* earlier);

 private:
  void fetch_one(std::uint16_t owner, std::uint16_t server, LogSource& source);
  void look_again();
  void report_missing();
  void compare_with(const LogCopy& best, std::uint64_t size, const Digest& root,
                    const std::string& note, const std::string& whose,
                    const std::vector<Cosigned>& cosigned);
  [[nodiscard]] const std::string& name(std::uint16_t party) const {
    return request_.authority.party(party)->card.name;
  }

  const Request& request_;
  Findings& findings_;
  std::map<std::uint16_t, Copies> copies_;
  std::map<std::uint16_t, Copies> dropped_;  ///< still held against the others
  std::map<std::uint16_t, std::uint64_t> first_look_, second_look_;  ///< sizes
  std::set<std::uint16_t> unreachable_;
  std::map<std::uint16_t, std::string> missing_;  ///< owners, and why
};

}  // namespace jointca::audit
