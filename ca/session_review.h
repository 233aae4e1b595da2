// ca/session_review.h — what this party thinks of a session of MPyC. For approve.cpp only, which
// alone makes an Approved of it.
#pragma once

#include "ca/approve.h"

namespace jointca::ca {

/// Why not, what the operator is to decide, or by whom it is approved: "policy" or "operator".
using SessionReview = std::variant<Refusal, Held, std::string>;

/// Sessions in which one host may have a seat, so that none can use up what is meant for all. It
/// consented to each that counts.
inline constexpr RateLimit member_limit{8, std::chrono::hours(1)};

/// The checks, in order:
///   session.revoked    the parties revoked it
///   policy.denied, operator.denied
///   session.consents   it is on record with other consents
///   session.id         another session was called so
///   session.window     it is over, too far ahead, or not within the CA's validity
///   session.too_long, session.channel, session.member   the policy allows less
///   member.revoked     the host of a member was revoked
///   member.unknown     it has no certificates that are known here and have not ended
///   member.name        it is not called so, or another host is
///   member.address     it does not have the address, which is one of the overlay
///   member.limit       as many sessions of it as member_limit were granted
///   rate.limit
[[nodiscard]] SessionReview review_session(const Proposal& proposal, const SessionRules& rules,
                                           const Constraints& constraints, const Registry& registry,
                                           Time now);

}  // namespace jointca::ca
