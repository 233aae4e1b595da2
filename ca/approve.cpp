#include "ca/approve.h"

#include <algorithm>
#include <set>

#include "ca/allocate.h"
#include "ca/claims.h"
#include "ca/did.h"
#include "ca/session_review.h"

namespace jointca::ca {
namespace {

template <class List, class Item>
bool contains(const List& list, const Item& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

bool covers(const std::vector<Prefix>& networks, const IpAddress& address) {
  return std::any_of(networks.begin(), networks.end(),
                     [&](const Prefix& network) { return network.contains(address); });
}

using Check = std::optional<Refusal>;

Refusal final_refusal(std::string rule, std::string reason) {
  return {std::move(rule), std::move(reason), true, std::nullopt, std::nullopt};
}
Refusal passing_refusal(std::string rule, std::string reason) {
  return {std::move(rule), std::move(reason), false, std::nullopt, std::nullopt};
}

/// Everything that one decision looks at. Each check gives a refusal or nothing.
class Review {
 public:
  Review(const Proposal& proposal, const Policy& policy, const Constraints& constraints,
         const Registry& registry, Time now)
      : proposal_(proposal),
        subject_(proposal.subject),
        terms_(proposal.voucher.terms),
        effective_(effective(policy, proposal)),
        permissions_(effective_.permissions),
        constraints_(constraints),
        registry_(registry),
        now_(now) {
    const auto record = registry.recorded(proposal.request);
    // An intent that came to nothing binds who logged it, and no longer than its own terms.
    if (!record || (!record->issued && (!record->own || record->subject.not_after <= now))) return;
    is_retry_ = record->own && record->subject == subject_;
    if (record->subject != subject_) other_terms_ = record->subject;
  }

  /// The first refusal, in an order that tells the coordinator the most useful one: what no other
  /// terms could change first, then terms it must reuse, then terms it could choose otherwise.
  [[nodiscard]] Check refusal() const {
    using Step = Check (Review::*)() const;
    constexpr std::array<Step, 15> steps{&Review::host,     &Review::denials,   &Review::recorded,
                                         &Review::name,     &Review::groups,    &Review::kinds,
                                         &Review::inviter,  &Review::granted,   &Review::uses,
                                         &Review::renewal,  &Review::validity,  &Review::lifetime,
                                         &Review::networks, &Review::endpoints, &Review::holders};
    for (const Step step : steps)
      if (auto refusal = (this->*step)()) return refusal;
    return rate();
  }

  /// Whom the approval is by; nothing while the operator has not spoken.
  [[nodiscard]] std::optional<std::string> approved_by() const {
    if (operator_approved()) return "operator";
    if (is_retry_ || permissions_.approve == Approval::automatic) return "policy";
    return std::nullopt;
  }

  [[nodiscard]] const std::string& rule() const { return effective_.rule; }

 private:
  Check host() const;
  Check denials() const;
  Check recorded() const;
  Check name() const;
  Check groups() const;
  Check kinds() const;
  Check inviter() const;
  Check granted() const;
  Check uses() const;
  Check renewal() const;
  Check validity() const;
  Check lifetime() const;
  Check networks() const;
  Check endpoints() const;
  Check holders() const;
  Check rate() const;

  [[nodiscard]] bool operator_approved() const {
    const auto by_request = registry_.decision(proposal_.request);
    const auto by_invitation = registry_.decision(proposal_.voucher.invitation);
    return (by_request && by_request->approved) || (by_invitation && by_invitation->approved);
  }
  [[nodiscard]] Check network(const Prefix& host, std::set<Prefix>& used) const;

  const Proposal& proposal_;
  const Subject& subject_;
  const Terms& terms_;
  const Effective effective_;
  const Permissions& permissions_;
  const Constraints& constraints_;
  const Registry& registry_;
  const Time now_;
  bool is_retry_ = false;               ///< this party logged exactly this
  std::optional<Subject> other_terms_;  ///< what it logged instead
};

Check Review::host() const {
  if (registry_.is_revoked(proposal_.host_identity))
    return final_refusal("host.revoked", "the host " + subject_.name + " was revoked");
  if (permissions_.dids) {
    const std::string did = did_key(proposal_.host_identity);
    if (!matches_any(*permissions_.dids, did))
      return final_refusal("host.not_allowed", did + " is not among the hosts of the policy");
  }
  return std::nullopt;
}

Check Review::denials() const {
  if (permissions_.deny)
    return final_refusal("policy.denied", "rule " + effective_.rule + " denies it");
  for (const Digest& id : {proposal_.request, proposal_.voucher.invitation})
    if (const auto decision = registry_.decision(id); decision && !decision->approved)
      return final_refusal("operator.denied", "the operator denied it: " + decision->reason);
  return std::nullopt;
}

Check Review::recorded() const {
  if (!other_terms_) return std::nullopt;
  Refusal refusal = passing_refusal(
      "request.terms_changed", "the same request was logged here with other terms, valid until " +
                                   to_rfc3339(other_terms_->not_after));
  refusal.recorded = other_terms_;
  return refusal;
}

Check Review::name() const {
  if (!is_host_name(subject_.name))
    return final_refusal("name.charset",
                         "a name has 1 to 253 letters, digits, '-', '.' or '_', and begins with "
                         "neither '-' nor '.'");
  if (permissions_.names && !matches_any_name(*permissions_.names, subject_.name))
    return final_refusal("name.not_allowed",
                         subject_.name + " matches no name pattern of rule " + effective_.rule);
  return std::nullopt;
}

Check Review::groups() const {
  const std::set<std::string> distinct(subject_.groups.begin(), subject_.groups.end());
  if (distinct.size() != subject_.groups.size() || distinct.size() > host_groups_max)
    return final_refusal("groups.not_allowed", "a group is repeated, or there are more than " +
                                                   std::to_string(host_groups_max));
  for (const std::string& group : subject_.groups) {
    if (!is_group_name(group))
      return final_refusal("groups.not_allowed",
                           "a group has 1 to 64 letters, digits, '-', '.', '_' or ':'");
    if (!constraints_.groups.empty() && !contains(constraints_.groups, group))
      return final_refusal("groups.not_allowed", "the authority has no group " + group);
    if (permissions_.groups && !matches_any(*permissions_.groups, group))
      return final_refusal("groups.not_allowed",
                           "group " + group + " is not allowed by rule " + effective_.rule);
  }
  return std::nullopt;
}

Check Review::kinds() const {
  if (proposal_.kinds.empty()) return final_refusal("kind.not_allowed", "nothing is asked for");
  for (const Kind kind : proposal_.kinds)
    if (permissions_.kinds && !contains(*permissions_.kinds, kind))
      return final_refusal("kind.not_allowed", std::string(to_text(kind)) +
                                                   " is not allowed by rule " + effective_.rule);
  return std::nullopt;
}

Check Review::inviter() const {
  if (permissions_.invite_from &&
      !matches_any(*permissions_.invite_from, proposal_.voucher.inviter))
    return final_refusal("invitation.inviter", proposal_.voucher.inviter +
                                                   " may not invite under rule " + effective_.rule);
  return std::nullopt;
}

Check Review::granted() const {
  const auto differs = [](const std::string& what) {
    return final_refusal("invitation.terms", what + " is not what the invitation grants");
  };
  if (subject_.name != terms_.name) return differs("the name " + subject_.name);
  if (subject_.groups != terms_.groups) return differs("the list of groups");
  for (const Kind kind : proposal_.kinds)
    if (!contains(terms_.kinds, kind)) return differs("the kind " + std::string(to_text(kind)));
  if (proposal_.lighthouse && !terms_.lighthouse) return differs("that the host is a lighthouse");
  for (const IpAddress& wanted : terms_.addresses)
    if (std::none_of(subject_.networks.begin(), subject_.networks.end(),
                     [&](const Prefix& host) { return host.address == wanted; }))
      return differs("an address other than " + wanted.text());
  return std::nullopt;
}

Check Review::uses() const {
  if (proposal_.renewal) return std::nullopt;
  if (!is_retry_ && now_ > terms_.expires)
    return final_refusal("invitation.expired",
                         "the invitation expired at " + to_rfc3339(terms_.expires));
  const std::uint64_t others =
      registry_.invitation_uses(proposal_.voucher.invitation_key, proposal_.request, now_);
  if (others >= terms_.uses)
    return final_refusal(
        "invitation.used",
        "another request used the invitation, which is good for " + std::to_string(terms_.uses));
  return std::nullopt;
}

Check Review::renewal() const {
  if (!proposal_.renewal) return std::nullopt;
  const auto held =
      registry_.enrolled(proposal_.host_identity, proposal_.voucher.invitation_key, now_);
  if (!held)
    return passing_refusal("renewal.unknown",
                           "no certificate of the host that has not ended is known here");
  if (subject_.networks != held->networks)
    return passing_refusal("renewal.address", "the host has other addresses");
  if (!is_retry_ && registry_.requests_since(proposal_.host_identity, now_ - renewals_window,
                                             proposal_.request) >= renewals_max)
    return passing_refusal("renewal.too_often", "the host renewed too often within the hour");
  return std::nullopt;
}

Check Review::validity() const {
  const Time begin = subject_.not_before, end = subject_.not_after;
  // First, because differences of times beyond these could overflow.
  if (begin < time_from_unix(0) || end > time_max || end <= begin)
    return final_refusal("validity.clock", "the validity is not an interval of time");
  const Duration off = begin - (now_ - backdating);
  if (!is_retry_ && (off > clock_skew_max || off < -clock_skew_max))
    return passing_refusal("validity.clock", "it would begin at " + to_rfc3339(begin) +
                                                 ", and the clock here says " + to_rfc3339(now_));
  if (end <= now_) return passing_refusal("validity.clock", "it would be over already");
  if (begin < constraints_.not_before || end > constraints_.not_after)
    return passing_refusal("validity.outside_ca",
                           "it would not lie within the CA's validity, which ends at " +
                               to_rfc3339(constraints_.not_after));
  return std::nullopt;
}

Check Review::lifetime() const {
  // The backdating is a courtesy to slow clocks, not part of the life that was granted.
  const Duration life = subject_.not_after - subject_.not_before - backdating;
  if (life > terms_.ttl)
    return passing_refusal("invitation.terms",
                           "the invitation grants at most " + jointca::to_text(terms_.ttl));
  if (permissions_.max_ttl && life > *permissions_.max_ttl)
    return passing_refusal("ttl.too_long", "rule " + effective_.rule + " allows at most " +
                                               jointca::to_text(*permissions_.max_ttl));
  // A coordinator that gave hosts next to nothing would use up their invitations.
  const Time full = std::min(now_ + terms_.ttl, constraints_.not_after);
  if (!is_retry_ && subject_.not_after < full - clock_skew_max)
    return passing_refusal("validity.too_short",
                           "the invitation grants " + jointca::to_text(terms_.ttl));
  return std::nullopt;
}

/// One address of the host. `used` are the authority's networks that have given one already.
Check Review::network(const Prefix& host, std::set<Prefix>& used) const {
  const bool wanted = contains(terms_.addresses, host.address);
  const auto refuse = [&](std::string rule, const std::string& reason) -> Check {
    Refusal refusal = passing_refusal(std::move(rule), host.text() + " " + reason);
    refusal.final = wanted;
    return refusal;
  };
  const auto overlay =
      std::find_if(constraints_.networks.begin(), constraints_.networks.end(),
                   [&](const Prefix& network) { return network.contains(host.address); });
  if (overlay == constraints_.networks.end())
    return refuse("address.outside", "is in no network of the authority");
  if (permissions_.networks && !covers(*permissions_.networks, host.address))
    return refuse("address.outside", "is in no network of rule " + effective_.rule);
  if (host.bits != overlay->bits)
    return refuse("address.network", "has not the prefix length of " + overlay->text());
  if (!is_assignable(*overlay, host.address))
    return refuse("address.network", "is no address for a host");
  if (!used.insert(*overlay).second)
    return refuse("address.network", "is a second address in " + overlay->text());
  return std::nullopt;
}

Check Review::networks() const {
  if (subject_.networks.empty()) return passing_refusal("address.network", "there is no address");
  std::set<Prefix> used;
  for (const Prefix& host : subject_.networks)
    if (auto refusal = network(host, used)) return refusal;
  return std::nullopt;
}

/// Where others send to is not inside of what it is to carry.
Check Review::endpoints() const {
  for (const auto& [kind, key] : proposal_.keys) {
    const auto address = endpoint_address(key.endpoint);
    for (const Prefix& network : constraints_.networks)
      if (address && network.contains(*address))
        return final_refusal("endpoint.inside", key.endpoint + " is in " + network.masked().text() +
                                                    ", a network of the authority");
  }
  return std::nullopt;
}

Check Review::holders() const {
  // The new certificate is dated back: it must not overlap with one that ends in that minute.
  const Time at = std::min(now_, subject_.not_before);
  const PublicKey& self = proposal_.host_identity;
  if (const auto holder = registry_.name_holder(name_key(subject_.name), at, self))
    return passing_refusal("name.in_use", "another host is called " + holder->name + " until " +
                                              to_rfc3339(holder->until));
  for (const Prefix& host : subject_.networks) {
    const auto holder = registry_.address_holder(host.address, at, self);
    if (!holder) continue;
    Refusal refusal =
        passing_refusal("address.in_use", host.address.text() + " belongs to " + holder->name +
                                              " until " + to_rfc3339(holder->until));
    refusal.taken = host.address;
    return refusal;
  }
  return std::nullopt;
}

Check Review::rate() const {
  if (is_retry_ || !permissions_.rate_limit) return std::nullopt;
  const RateLimit& limit = *permissions_.rate_limit;
  const std::string counted = effective_.own_rate_limit ? effective_.rule : "";
  if (registry_.approvals_since(now_ - limit.window, counted) < limit.count) return std::nullopt;
  return passing_refusal("rate.limit", std::to_string(limit.count) + " in " +
                                           jointca::to_text(limit.window) +
                                           " have been approved already");
}

}  // namespace

Decision approve(const Proposal& proposal, const Policy& policy, const Constraints& constraints,
                 const Registry& registry, Time now) {
  if (proposal.session) {
    SessionReview review = review_session(proposal, policy.sessions, constraints, registry, now);
    if (auto* refusal = std::get_if<Refusal>(&review)) return std::move(*refusal);
    if (auto* held = std::get_if<Held>(&review)) return std::move(*held);
    return Approved(proposal, std::string(sessions_rule), std::get<std::string>(review));
  }
  const Review review(proposal, policy, constraints, registry, now);
  if (auto refusal = review.refusal()) return *std::move(refusal);
  if (const auto by = review.approved_by()) return Approved(proposal, review.rule(), *by);
  return Held{review.rule(),
              "issue to " + proposal.subject.name + ", invited by " + proposal.voucher.inviter,
              proposal.voucher.invitation};
}

}  // namespace jointca::ca
