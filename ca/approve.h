// ca/approve.h — what this party is willing to sign.
#pragma once

#include <string>
#include <variant>

#include "ca/constraints.h"
#include "ca/policy.h"
#include "ca/registry.h"

namespace jointca::ca {

/// How far a certificate may begin from now, for clocks that differ. Longest after which a proposal
/// is stale.
inline constexpr Duration clock_skew_max{300};
/// How far a coordinator dates certificates back, for hosts whose clocks are behind.
inline constexpr Duration backdating{60};

/// Requests of one host that a party signs for in so much time, before it renews no more: a host
/// that renews again and again fills the logs of all.
inline constexpr std::uint64_t renewals_max = 8;
inline constexpr Duration renewals_window{3600};

/// Why not. The rules are stable names, listed in docs/protocols/issuance.md.
struct Refusal {
  std::string rule;
  std::string reason;
  /// False if this host could still succeed with the same request: later, or in other terms.
  bool final = true;
  std::optional<IpAddress> taken;   ///< address.*: the address that another one may replace
  std::optional<Subject> recorded;  ///< request.terms_changed: what this party logged before
};

/// Waits for the operator.
struct Held {
  std::string rule;    ///< of the policy, as Approved::rule
  std::string reason;  ///< what is to be decided, a sentence
  Digest id{};         ///< of the invitation: one approval covers its enrolment
};

/// How far ahead of its window a session is granted.
inline constexpr Duration session_ahead_max{7 * 86400};

class Approved;
using Decision = std::variant<Approved, Held, Refusal>;

/// A proposal that this party's policy allows. Only approve() makes one, so nothing else can be
/// turned into bytes to be signed.
class Approved {
 public:
  [[nodiscard]] const Proposal& proposal() const { return proposal_; }
  /// The policy rule that held.
  [[nodiscard]] const std::string& rule() const { return rule_; }
  /// "policy" or "operator".
  [[nodiscard]] const std::string& by() const { return by_; }

 private:
  friend Decision approve(const Proposal&, const Policy&, const Constraints&, const Registry&,
                          Time);
  Approved(Proposal proposal, std::string rule, std::string by)
      : proposal_(std::move(proposal)), rule_(std::move(rule)), by_(std::move(by)) {}

  Proposal proposal_;
  std::string rule_;
  std::string by_;
};

/// Decides on one proposal. Pure: the same arguments give the same answer.
///
/// A proposal equal to what this party logged for the same request is a retry: it was approved, so
/// the operator, the rate limit, the invitation's expiry and the clock are not asked again, but
/// revocation, denial, other holders and every limit on its content are.
[[nodiscard]] Decision approve(const Proposal& proposal, const Policy& policy,
                               const Constraints& constraints, const Registry& registry, Time now);

}  // namespace jointca::ca
