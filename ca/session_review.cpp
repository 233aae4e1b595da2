#include "ca/session_review.h"

#include <algorithm>

#include "base/text.h"

namespace jointca::ca {
namespace {

using Check = std::optional<Refusal>;

Refusal refuse(std::string rule, std::string reason, bool final = true) {
  return {std::move(rule), std::move(reason), final, std::nullopt, std::nullopt};
}

/// Everything that one decision looks at. Each check gives a refusal or nothing.
class Review {
 public:
  Review(const Proposal& proposal, const SessionRules& rules, const Constraints& constraints,
         const Registry& registry, Time now)
      : proposal_(proposal),
        session_(*proposal.session),
        window_(proposal.subject),
        rules_(rules),
        constraints_(constraints),
        registry_(registry),
        now_(now),
        record_(registry.recorded(proposal.request)) {}

  [[nodiscard]] Check refusal() const {
    using Step = Check (Review::*)() const;
    constexpr std::array<Step, 6> steps{&Review::denials, &Review::recorded, &Review::window,
                                        &Review::limits,  &Review::members,  &Review::rate};
    for (const Step step : steps)
      if (auto refusal = (this->*step)()) return refusal;
    return std::nullopt;
  }

  [[nodiscard]] std::optional<std::string> approved_by() const {
    const auto decision = registry_.decision(proposal_.voucher.invitation);
    if (decision && decision->approved) return "operator";
    if (is_retry() || rules_.approve == Approval::automatic) return "policy";
    return std::nullopt;
  }

 private:
  /// Whether this party logged exactly this.
  [[nodiscard]] bool is_retry() const {
    return record_ && record_->own && record_->voucher == proposal_.voucher.invitation_key;
  }

  Check denials() const {
    if (registry_.is_revoked(proposal_.host_identity))
      return refuse("session.revoked", "the session was revoked");
    if (rules_.deny)
      return refuse("policy.denied", "rule " + std::string(sessions_rule) + " denies it");
    if (const auto decision = registry_.decision(proposal_.voucher.invitation);
        decision && !decision->approved)
      return refuse("operator.denied", "the operator denied it: " + decision->reason);
    return std::nullopt;
  }

  Check recorded() const {
    if (record_ && record_->voucher != proposal_.voucher.invitation_key)
      return refuse("session.consents", "the manifest is on record here with other consents",
                    !record_->proposed);
    if (const Claim claim = registry_.claim_on(window_.name, proposal_.host_identity);
        claim != Claim::none)
      return refuse("session.id", "another manifest is on record as " + window_.name,
                    claim == Claim::sure);
    return std::nullopt;
  }

  Check window() const {
    const Time begin = window_.not_before, end = window_.not_after;
    // First, because differences of times beyond these could overflow.
    if (begin < time_from_unix(0) || end > time_max || end <= begin)
      return refuse("session.window", "the window is not an interval of time");
    if (end <= now_) return refuse("session.window", "it ended at " + to_rfc3339(end));
    if (begin > now_ + session_ahead_max)
      return refuse("session.window",
                    "it begins at " + to_rfc3339(begin) + ", and at most " +
                        jointca::to_text(session_ahead_max) + " ahead may be granted",
                    false);
    if (begin < constraints_.not_before || end > constraints_.not_after)
      return refuse("session.window", "it is not within the CA's validity, which ends at " +
                                          to_rfc3339(constraints_.not_after));
    return std::nullopt;
  }

  Check limits() const {
    const std::string rule = "rule " + std::string(sessions_rule);
    if (rules_.max_window && window_.not_after - window_.not_before > *rules_.max_window)
      return refuse("session.too_long",
                    rule + " allows at most " + jointca::to_text(*rules_.max_window));
    if (rules_.channels && !std::any_of(rules_.channels->begin(), rules_.channels->end(),
                                        [&](const auto& each) { return each == session_.channel; }))
      return refuse("session.channel", rule + " does not allow " + session_.channel);
    for (const Member& member : session_.members)
      if (rules_.members && !matches_any_name(*rules_.members, member.name))
        return refuse("session.member", rule + " does not allow " + member.name);
    return std::nullopt;
  }

  Check members() const {
    for (const Member& each : session_.members)
      if (auto refusal = member(each)) return refusal;
    return std::nullopt;
  }

  /// Whether name, identity and address are those of one live host. What a party does not know yet
  /// it may know soon.
  [[nodiscard]] Check member(const Member& member) const {
    if (registry_.is_revoked(member.identity))
      return refuse("member.revoked", "the host " + member.name + " was revoked");
    const std::vector<Subject> held = registry_.held_by(member.identity, now_);
    if (held.empty())
      return refuse("member.unknown",
                    "no certificate of " + member.name +
                        " under the identity in the manifest is known here that has not ended",
                    false);
    const auto has_name = [&](const Subject& subject) {
      return name_key(subject.name) == name_key(member.name);
    };
    if (std::none_of(held.begin(), held.end(), has_name))
      return refuse("member.name", "the identity of " + member.name +
                                       " in the manifest is that of " + held.front().name);
    if (const auto other = registry_.name_holder(name_key(member.name), now_, member.identity))
      return refuse("member.name",
                    "another host is called " + other->name + " until " + to_rfc3339(other->until),
                    false);
    return address(member, held);
  }

  /// Outside of the overlay nobody's address is known here.
  [[nodiscard]] Check address(const Member& member, const std::vector<Subject>& held) const {
    const bool in_overlay =
        std::any_of(constraints_.networks.begin(), constraints_.networks.end(),
                    [&](const Prefix& network) { return network.contains(member.address); });
    if (!in_overlay && !session_.on_overlay) return std::nullopt;
    const bool own = std::any_of(held.begin(), held.end(), [&](const Subject& subject) {
      return std::any_of(subject.networks.begin(), subject.networks.end(),
                         [&](const Prefix& each) { return each.address == member.address; });
    });
    const auto other = registry_.address_holder(member.address, now_, member.identity);
    if (own && !other) return std::nullopt;
    return refuse("member.address",
                  member.address.text() + " is not the address of " + member.name +
                      (other ? ", but of " + other->name : ""),
                  !other);
  }

  Check rate() const {
    if (is_retry()) return std::nullopt;
    for (const Member& member : session_.members)
      if (registry_.sessions_since(member.identity, now_ - member_limit.window) >=
          member_limit.count)
        return refuse("member.limit",
                      std::to_string(member_limit.count) + " sessions of " + member.name + " in " +
                          jointca::to_text(member_limit.window) + " have been granted already",
                      false);
    if (registry_.approvals_since(now_ - rules_.rate_limit.window, std::string(sessions_rule)) <
        rules_.rate_limit.count)
      return std::nullopt;
    return refuse("rate.limit",
                  std::to_string(rules_.rate_limit.count) + " sessions in " +
                      jointca::to_text(rules_.rate_limit.window) + " have been granted already",
                  false);
  }

  const Proposal& proposal_;
  const Session& session_;
  const Subject& window_;
  const SessionRules& rules_;
  const Constraints& constraints_;
  const Registry& registry_;
  const Time now_;
  const std::optional<Record> record_;
};

}  // namespace

SessionReview review_session(const Proposal& proposal, const SessionRules& rules,
                             const Constraints& constraints, const Registry& registry, Time now) {
  const Review review(proposal, rules, constraints, registry, now);
  if (auto refusal = review.refusal()) return *std::move(refusal);
  if (auto by = review.approved_by()) return *std::move(by);
  std::vector<std::string> members;
  for (const Member& member : proposal.session->members) members.push_back(member.name);
  return Held{std::string(sessions_rule),
              "grant a session of " + join(members) + " over " + proposal.session->channel,
              proposal.voucher.invitation};
}

}  // namespace jointca::ca
