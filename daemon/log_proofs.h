// daemon/log_proofs.h — what a host keeps beside its certificates: that its signers logged them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "daemon/member.h"
#include "daemon/mirrors.h"
#include "daemon/party_log.h"

namespace jointca::daemon {

/// A C2SP tlog-proof for each certificate and each of its signers whose log we have, under the name
/// of its file: "nebula-v1.alpha.tlog-proof". Of a session for the grant alone, without which
/// nothing else of it counts. The proof's `extra` is the log entry. Made for the
/// newest checkpoint that we have, with the cosignatures that are known.
[[nodiscard]] std::map<std::string, std::string> proofs_of(const Holding& holding,
                                                           const PartyLog& party_log,
                                                           const Mirrors& mirrors,
                                                           const Member& member);

/// The signers whose proofs for some of the holding's certificates are not among these.
[[nodiscard]] std::vector<Identifier> unproven_signers(
    const Holding& holding, const std::map<std::string, std::string>& proofs, const Member& member);

}  // namespace jointca::daemon
