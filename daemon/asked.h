// daemon/asked.h — what the parties are asked for: the certificates of a host, or that a session of
// MPyC may run. From here on both are a ca::Proposal, and take one way through issuance, logs and
// evidence: docs/decisions/0014-one-way-for-hosts-and-sessions.md.
#pragma once

#include <variant>
#include <vector>

#include "enroll/request.h"
#include "mpyc-adapter/agreement.h"

namespace jointca::daemon {

/// A request all of whose signatures were checked.
using Asked = std::variant<enroll::VerifiedRequest, mpyc::Agreement>;

/// Of one request of any kind.
inline constexpr std::size_t asked_bytes_max =
    std::max(enroll::request_bytes_max, mpyc::session_request_bytes_max);

/// The rules of enroll::verify_request() or mpyc::open_request(), as the bytes begin.
[[nodiscard]] Result<Asked, enroll::RequestFault> verify_asked(
    BytesView sealed, const Digest& authority, const enroll::PartyLookup& party_name);

/// By this name parties speak of it, and a host asks again: the digest of the request, or of the
/// manifest.
[[nodiscard]] const Digest& digest_of(const Asked& asked);
/// What the host wrote; null if it is about a session.
[[nodiscard]] const enroll::Request* request_of(const Asked& asked);

/// What a coordinator proposes for it. Addresses and validity are those of a host; of a session
/// everything follows from its manifest and consents.
[[nodiscard]] ca::Proposal proposal_of(const Asked& asked, std::vector<ca::Prefix> networks,
                                       Time not_before, Time not_after);

/// The manifest's, in the words of a party: without seat keys, for who has not seen the consents.
[[nodiscard]] ca::Session session_of(const mpyc::Manifest& manifest);

}  // namespace jointca::daemon
