// tests/unit/ca/approve_fixture.h — a proposal that everything allows, and a registry in memory.
#pragma once

#include <map>
#include <set>

#include "ca/approve.h"

namespace jointca::ca::test {

inline constexpr Time now = time_from_unix(1'800'000'000);
using std::chrono::hours;

inline Prefix net(std::string_view text) { return *Prefix::parse(text); }
inline IpAddress ip(std::string_view text) { return *IpAddress::parse(text); }

/// Answers from plain fields. Holders are given with the time they end.
struct MemoryRegistry final : Registry {
  std::map<std::string, Holder> names;
  std::map<IpAddress, Holder> addresses;
  std::optional<Subject> logged;
  std::optional<Subject> held;
  bool own = true;
  bool issued = false;
  bool proposed = false;  ///< not logged yet: what is on record, and whose the names are
  PublicKey voucher{};
  std::multimap<PublicKey, Subject> hosts;
  std::set<PublicKey> revoked_hosts;
  std::uint64_t uses = 0;
  std::uint64_t requests = 0;
  std::map<Digest, OperatorDecision> decisions;
  std::vector<std::pair<Time, std::string>> approvals;
  std::vector<std::pair<PublicKey, Time>> seats;  ///< in sessions that were approved
  bool revoked = false;

  std::optional<Holder> name_holder(const std::string& name, Time at,
                                    const PublicKey& except) const override {
    return live(names, name, at, except);
  }
  std::optional<Holder> address_holder(const IpAddress& address, Time at,
                                       const PublicKey& except) const override {
    return live(addresses, address, at, except);
  }
  std::optional<Record> recorded(const Digest&) const override {
    if (!logged) return std::nullopt;
    return Record{*logged, own, issued, voucher, proposed};
  }
  std::uint64_t invitation_uses(const PublicKey&, const Digest&, Time) const override {
    return uses;
  }
  std::optional<Subject> enrolled(const PublicKey&, const PublicKey&, Time at) const override {
    return held && held->not_after >= at ? held : std::nullopt;
  }
  std::vector<Subject> held_by(const PublicKey& identity, Time at) const override {
    std::vector<Subject> out;
    const auto [first, last] = hosts.equal_range(identity);
    for (auto it = first; it != last; ++it)
      if (it->second.not_after >= at) out.push_back(it->second);
    return out;
  }
  Claim claim_on(const std::string& name, const PublicKey& except) const override {
    const auto found = names.find(name);
    if (found == names.end() || found->second.host_identity == except) return Claim::none;
    return proposed ? Claim::proposed : Claim::sure;
  }
  std::uint64_t requests_since(const PublicKey&, Time, const Digest&) const override {
    return requests;
  }
  std::optional<OperatorDecision> decision(const Digest& id) const override {
    const auto found = decisions.find(id);
    return found == decisions.end() ? std::nullopt : std::optional(found->second);
  }
  std::uint64_t approvals_since(Time since, const std::string& rule) const override {
    std::uint64_t count = 0;
    for (const auto& [time, by_rule] : approvals)
      if (time >= since && (rule.empty() ? by_rule != sessions_rule : by_rule == rule)) ++count;
    return count;
  }
  std::uint64_t sessions_since(const PublicKey& member, Time since) const override {
    std::uint64_t count = 0;
    for (const auto& [identity, time] : seats) count += identity == member && time >= since ? 1 : 0;
    return count;
  }
  bool is_revoked(const PublicKey& host) const override {
    return revoked || revoked_hosts.contains(host);
  }

 private:
  template <class Key>
  static std::optional<Holder> live(const std::map<Key, Holder>& holders, const Key& key, Time at,
                                    const PublicKey& except) {
    const auto found = holders.find(key);
    if (found == holders.end() || found->second.until < at || found->second.host_identity == except)
      return std::nullopt;
    return found->second;
  }
};

/// Everything is in order: a test bends one thing.
struct Scene {
  Scene() {
    Terms& terms = proposal.voucher.terms;
    terms = {"web-1", {"web"}, {Kind::nebula, Kind::wireguard}, {}, hours(24), 1, now + hours(1)};
    proposal.request = Digest{1};
    proposal.host_identity = PublicKey{Digest{2}};
    proposal.subject = {"web-1",
                        {net("10.42.0.7/16"), net("fd42::7/64")},
                        {"web"},
                        now - backdating,
                        now - backdating + hours(24)};
    proposal.kinds = {Kind::nebula};
    proposal.keys = {{Kind::nebula, {Digest{9}, ""}}};
    proposal.voucher.invitation = Digest{3};
    proposal.voucher.invitation_key = PublicKey{Digest{4}};
    proposal.voucher.inviter = "alpha";
    constraints = {{net("10.42.0.0/16"), net("fd42::/64")},
                   {"web", "db"},
                   now - hours(1000),
                   now + hours(1000)};
    policy.base.approve = Approval::automatic;
  }

  [[nodiscard]] Decision decide() const {
    return approve(proposal, policy, constraints, registry, now);
  }
  /// The rule of the refusal, "held" or "approved".
  [[nodiscard]] std::string verdict() const {
    const Decision decision = decide();
    if (const auto* refusal = std::get_if<Refusal>(&decision)) return refusal->rule;
    return std::holds_alternative<Held>(decision) ? "held" : "approved";
  }
  [[nodiscard]] Refusal refusal() const { return std::get<Refusal>(decide()); }

  Proposal proposal;
  Policy policy;
  Constraints constraints;
  MemoryRegistry registry;
};

}  // namespace jointca::ca::test
