// audit/split_view.h — two signed checkpoints of one log that cannot both be of one tree, as
// evidence for a stranger.
//
// The case is closed in itself: both notes are signed by the log's key, which the authority's id
// covers, and where their sizes differ a path shows which root the larger tree has at the smaller
// size. docs/formats/evidence.md has the inputs.
#pragma once

#include <string_view>

#include "ca/authority.h"
#include "log/checkpoint.h"
#include "threshold/evidence.h"

namespace jointca::audit {

inline constexpr std::string_view split_view_check = "log.split_view";

/// The case against the party whose log it is, from two checkpoints of it in either order.
/// `hashes` has the nodes of the larger tree; it is not asked where the sizes are equal, and not
/// trusted: what is returned has passed the check. An error if a note is not one of this log, if
/// the hashes cannot be read, or if the checkpoints do not contradict each other.
[[nodiscard]] Result<Evidence, Error> split_view_evidence(const ca::Authority& authority,
                                                          Identifier party, std::string_view note,
                                                          std::string_view other_note,
                                                          const log::HashReader& hashes);

/// The checks of this folder, for verify_evidence(): "log.split_view".
[[nodiscard]] EvidenceChecks audit_checks(const ca::Authority& authority);

}  // namespace jointca::audit
