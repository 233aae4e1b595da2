// cli/command_auditor.h — commands that need no daemon and no secret: evidence, logs.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace jointca::cli {

/// Exit 0: the evidence convicts; 5: it does not. The parties are known from an authority.json, or,
/// for a ceremony that made none, from their cards.
int verify_evidence(const std::string& file, const std::optional<std::string>& authority,
                    const std::vector<std::string>& cards, bool json);

/// Writes the party's log as a static tlog-tiles tree.
int log_export(const std::string& dir, const std::string& to, bool json);

}  // namespace jointca::cli
