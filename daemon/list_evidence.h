// daemon/list_evidence.h — the checks that evidence about the signing of lists may be about.
#pragma once

#include "threshold/evidence.h"

namespace jointca::daemon {

/// list.commitments.malformed   the signer's answer to a proposed list does not parse
/// list.commitments.proposal    it reports a proposal that its coordinator did not sign
[[nodiscard]] EvidenceChecks list_checks();

}  // namespace jointca::daemon
