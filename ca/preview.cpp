#include "ca/preview.h"

#include <algorithm>

#include "ca/allocate.h"

namespace jointca::ca {
namespace {

/// A party that remembers nothing.
class NoRegistry final : public Registry {
 public:
  std::optional<Holder> name_holder(const std::string&, Time, const PublicKey&) const override {
    return std::nullopt;
  }
  std::optional<Holder> address_holder(const IpAddress&, Time, const PublicKey&) const override {
    return std::nullopt;
  }
  std::optional<Record> recorded(const Digest&) const override { return std::nullopt; }
  std::uint64_t invitation_uses(const PublicKey&, const Digest&, Time) const override { return 0; }
  std::optional<Subject> enrolled(const PublicKey&, const PublicKey&, Time) const override {
    return std::nullopt;
  }
  std::vector<Subject> held_by(const PublicKey&, Time) const override { return {}; }
  Claim claim_on(const std::string&, const PublicKey&) const override { return Claim::none; }
  std::uint64_t requests_since(const PublicKey&, Time, const Digest&) const override { return 0; }
  std::optional<OperatorDecision> decision(const Digest&) const override { return std::nullopt; }
  std::uint64_t approvals_since(Time, const std::string&) const override { return 0; }
  std::uint64_t sessions_since(const PublicKey&, Time) const override { return 0; }
  bool is_revoked(const PublicKey&) const override { return false; }
};

Prefix single(const IpAddress& address) {
  return {address, static_cast<std::uint8_t>(address.bits())};
}

/// The networks from which addresses come: the authority's or, if that is not known, those of the
/// policy, or else any two.
std::vector<Prefix> overlays(const Foreseen& foreseen, const Policy& policy,
                             const Proposal& proposal) {
  if (foreseen.constraints) return foreseen.constraints->networks;
  const auto allowed = effective(policy, proposal).permissions.networks;
  if (allowed) return *allowed;
  return {*Prefix::parse("10.0.0.0/8"), *Prefix::parse("fd00::/8")};
}

/// A host has one address of each family, so that no invitation can be met which names more.
bool names_too_many(const std::vector<IpAddress>& addresses) {
  const auto v4 = std::count_if(addresses.begin(), addresses.end(),
                                [](const IpAddress& address) { return address.is_v4(); });
  return v4 > 1 || addresses.size() - static_cast<std::size_t>(v4) > 1;
}

/// All addresses that the invitation names, and the lowest free one of each other family.
std::vector<Prefix> choose_networks(const Foreseen& foreseen, const std::vector<Prefix>& from) {
  const std::vector<IpAddress>& named = foreseen.voucher.terms.addresses;
  std::vector<Prefix> out;
  for (const bool v4 : {true, false}) {
    bool found = false;
    for (const IpAddress& address : named) {
      if (address.is_v4() != v4) continue;
      found = true;
      const auto overlay = std::find_if(from.begin(), from.end(), [&](const Prefix& network) {
        return network.contains(address);
      });
      out.push_back(overlay == from.end() ? single(address) : Prefix{address, overlay->bits});
    }
    for (const Prefix& network : from) {
      if (found || network.address.is_v4() != v4) continue;
      if (const auto free = lowest_free(network, foreseen.used)) {
        out.push_back({*free, network.bits});
        found = true;
      }
    }
  }
  return out;
}

/// Whether it asks for something that is not known.
bool is_open(const Match& match, const Foreseen& foreseen) {
  return (match.dids && !foreseen.host_identity) || (match.inviters && !foreseen.is_inviter_known);
}

void drop_unknown(Permissions& permissions, const Foreseen& foreseen, bool& dropped) {
  if (!foreseen.host_identity && permissions.dids) {
    permissions.dids.reset();
    dropped = true;
  }
  if (!foreseen.is_inviter_known && permissions.invite_from) {
    permissions.invite_from.reset();
    dropped = true;
  }
}

/// Each policy that could turn out to hold: a rule about what is not known is the first of its like
/// to match, or none of them does, which comes first. Other conditions on it are left out.
std::vector<Policy> readings(const Policy& policy, const Foreseen& foreseen, bool& dropped) {
  Policy known = policy;
  drop_unknown(known.base, foreseen, dropped);
  for (Rule& rule : known.rules) drop_unknown(rule.permissions, foreseen, dropped);
  const std::vector<Rule> rules = std::move(known.rules);
  std::vector<Policy> out;
  for (std::size_t open = 0; open <= rules.size(); ++open) {
    const bool none = open == 0;  // else rule `open - 1` is the one that matches
    if (!none && !is_open(rules[open - 1].match, foreseen)) continue;
    Policy reading;
    reading.base = known.base;
    for (std::size_t i = 0; i < rules.size(); ++i) {
      if (is_open(rules[i].match, foreseen) && i + 1 != open) continue;
      Rule rule = rules[i];
      if (i + 1 == open) {
        if (!foreseen.host_identity) rule.match.dids.reset();
        if (!foreseen.is_inviter_known) rule.match.inviters.reset();
      }
      reading.rules.push_back(std::move(rule));
    }
    out.push_back(std::move(reading));
  }
  return out;
}

bool differ(const Decision& a, const Decision& b) {
  if (a.index() != b.index()) return true;
  const auto* one = std::get_if<Refusal>(&a);
  const auto* other = std::get_if<Refusal>(&b);
  return one != nullptr && one->rule != other->rule;
}

}  // namespace

Preview preview(const Foreseen& foreseen, const Policy& policy, Time now) {
  const Terms& terms = foreseen.voucher.terms;
  if (names_too_many(terms.addresses))
    return {Refusal{"address.network", "a host has one IPv4 and one IPv6 address", true,
                    std::nullopt, std::nullopt},
            false};
  Constraints constraints = foreseen.constraints.value_or(Constraints{{}, {}, Time{}, time_max});
  Proposal proposal;
  proposal.host_identity = foreseen.host_identity.value_or(PublicKey{});
  proposal.subject = {terms.name,
                      {},
                      terms.groups,
                      std::max(now - backdating, constraints.not_before),
                      std::min(now + terms.ttl, constraints.not_after)};
  proposal.kinds = foreseen.kinds;
  proposal.voucher = foreseen.voucher;

  const NoRegistry registry;
  bool is_conditional = false;
  std::optional<Decision> best;
  for (const Policy& reading : readings(policy, foreseen, is_conditional)) {
    proposal.subject.networks.clear();
    proposal.subject.networks = choose_networks(foreseen, overlays(foreseen, reading, proposal));
    if (!foreseen.constraints) {
      constraints.networks.clear();
      for (const Prefix& host : proposal.subject.networks)
        constraints.networks.push_back(host.masked());
    }
    Decision decision = approve(proposal, reading, constraints, registry, now);
    if (best && differ(*best, decision)) is_conditional = true;
    if (!best || decision.index() < best->index()) best = std::move(decision);
  }
  JCA_ASSERT(best.has_value());  // one reading is always there
  const bool is_refused = std::holds_alternative<Refusal>(*best);
  return {*std::move(best), is_conditional && !is_refused};
}

}  // namespace jointca::ca
