// daemon/evidence_dir.h — evidence against parties, kept as files, and the checks this layer adds.
#pragma once

#include <string>

#include "base/error.h"
#include "threshold/evidence.h"

namespace jointca::daemon {

/// Writes the case to DIRECTORY/<culprit>-<check>-<digest>.json and returns the path. The same case
/// twice is one file.
[[nodiscard]] Result<std::string, Error> keep_evidence(const std::string& directory,
                                                       const Evidence& evidence);

/// threshold_checks() and those of issuance:
///   issuance.commitments.malformed   the signer's answer to a proposal does not parse
///   issuance.commitments.proposal    it reports a proposal that its coordinator did not sign
[[nodiscard]] EvidenceChecks all_checks();

}  // namespace jointca::daemon
