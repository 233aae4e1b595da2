// daemon/evidence_dir.h — evidence against parties, kept as files.
#pragma once

#include <string>

#include "base/error.h"
#include "threshold/evidence.h"

namespace jointca::daemon {

/// Files kept of one party's failures of one check: more would only fill the disk.
inline constexpr std::size_t evidence_files_max = 16;

/// Writes the case to DIRECTORY/<culprit>-<check>-<digest>.json and returns the path. The same case
/// twice is one file; beyond evidence_files_max of a kind it is an error.
[[nodiscard]] Result<std::string, Error> keep_evidence(const std::string& directory,
                                                       const Evidence& evidence);

}  // namespace jointca::daemon
