// daemon/issuance_evidence.h — every check that evidence may be about, those of issuance among
// them.
#pragma once

#include "ca/authority.h"
#include "threshold/evidence.h"

namespace jointca::daemon {

/// threshold_checks(), list_checks(), and those of issuance that need no authority:
///   issuance.commitments.malformed   the signer's answer to a proposal does not parse
///   issuance.commitments.proposal    it reports a proposal that its coordinator did not sign
///   issuance.logged.malformed        the signer's answer to a sign request does not parse
[[nodiscard]] EvidenceChecks all_checks();

/// The same, those of audit/, and:
///   issuance.logged.proof            the signer says that it logged the session, and what it shows
///                                    does not prove it
[[nodiscard]] EvidenceChecks all_checks(const ca::Authority& authority);

}  // namespace jointca::daemon
