#include "daemon/batch_registry.h"

#include <algorithm>

#include "ca/policy.h"

namespace jointca::daemon {

void BatchRegistry::add(const Entry& entry) {
  if (recorded(entry.request)) return;
  batch_.emplace(entry.request, entry);
  by_name_.emplace(ca::name_key(entry.subject.name), entry.request);
  for (const ca::Prefix& prefix : entry.subject.networks)
    by_address_.emplace(prefix.address, entry.request);
  if (!entry.renewal) by_invitation_.emplace(entry.invitation, entry.request);
  ++by_rule_[entry.rule];
}

std::optional<ca::Holder> BatchRegistry::name_holder(const std::string& name, Time at,
                                                     const PublicKey& except) const {
  const auto [first, last] = by_name_.equal_range(name);
  for (auto it = first; it != last; ++it)
    if (const Entry& entry = batch_.at(it->second); entry.host != except)
      return ca::Holder{entry.host, entry.subject.name, entry.subject.not_after};
  return logged_.name_holder(name, at, except);
}

std::optional<ca::Holder> BatchRegistry::address_holder(const ca::IpAddress& address, Time at,
                                                        const PublicKey& except) const {
  const auto [first, last] = by_address_.equal_range(address);
  for (auto it = first; it != last; ++it)
    if (const Entry& entry = batch_.at(it->second); entry.host != except)
      return ca::Holder{entry.host, entry.subject.name, entry.subject.not_after};
  return logged_.address_holder(address, at, except);
}

std::optional<ca::Record> BatchRegistry::recorded(const Digest& request) const {
  const auto found = batch_.find(request);
  if (found == batch_.end()) return logged_.recorded(request);
  return ca::Record{found->second.subject, true, false, found->second.invitation, true};
}

ca::Claim BatchRegistry::claim_on(const std::string& name, const PublicKey& except) const {
  if (const ca::Claim claim = logged_.claim_on(name, except); claim != ca::Claim::none)
    return claim;
  const auto [first, last] = by_name_.equal_range(name);
  for (auto it = first; it != last; ++it)
    if (batch_.at(it->second).host != except) return ca::Claim::proposed;
  return ca::Claim::none;
}

std::uint64_t BatchRegistry::invitation_uses(const PublicKey& invitation_key, const Digest& except,
                                             Time at) const {
  std::uint64_t uses = logged_.invitation_uses(invitation_key, except, at);
  const auto [first, last] = by_invitation_.equal_range(invitation_key);
  for (auto it = first; it != last; ++it) uses += it->second != except ? 1 : 0;
  return uses;
}

std::uint64_t BatchRegistry::requests_since(const PublicKey& host_identity, Time since,
                                            const Digest& except) const {
  std::uint64_t count = logged_.requests_since(host_identity, since, except);
  for (const auto& [request, entry] : batch_)
    count += entry.host == host_identity && request != except ? 1 : 0;
  return count;
}

std::optional<ca::OperatorDecision> BatchRegistry::decision(const Digest& id) const {
  return logged_.decision(id);
}

std::uint64_t BatchRegistry::approvals_since(Time since, const std::string& rule) const {
  const std::uint64_t logged = logged_.approvals_since(since, rule);
  const auto approved = [&](const std::string& by) {
    const auto found = by_rule_.find(by);
    return found == by_rule_.end() ? 0 : found->second;
  };
  if (rule.empty()) return logged + batch_.size() - approved(std::string(ca::sessions_rule));
  return logged + approved(rule);
}

std::uint64_t BatchRegistry::sessions_since(const PublicKey& member, Time since) const {
  std::uint64_t count = logged_.sessions_since(member, since);
  for (const auto& [request, entry] : batch_)
    count += std::count(entry.members.begin(), entry.members.end(), member) > 0 ? 1 : 0;
  return count;
}

bool BatchRegistry::is_revoked(const PublicKey& host_identity) const {
  return logged_.is_revoked(host_identity);
}

}  // namespace jointca::daemon
