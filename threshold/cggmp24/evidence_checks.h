// threshold/cggmp24/evidence_checks.h — the named checks of CGGMP24's phases, for a stranger.
#pragma once

#include "threshold/cggmp24/parameters.h"
#include "threshold/evidence.h"

namespace jointca::cggmp24 {

/// Of every check that a phase names. What was made under another set convicts nobody.
[[nodiscard]] EvidenceChecks evidence_checks(const Parameters& set);
/// Those of presigning and signing.
[[nodiscard]] EvidenceChecks presign_checks(const Parameters& set);

}  // namespace jointca::cggmp24
