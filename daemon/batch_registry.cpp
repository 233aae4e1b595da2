#include "daemon/batch_registry.h"

#include <algorithm>

namespace jointca::daemon {

std::optional<ca::Holder> BatchRegistry::name_holder(const std::string& name, Time at,
                                                     const PublicKey& except) const {
  for (const Entry& entry : batch_)
    if (entry.host != except && ca::name_key(entry.subject.name) == name)
      return ca::Holder{entry.host, entry.subject.name, entry.subject.not_after};
  return logged_.name_holder(name, at, except);
}

std::optional<ca::Holder> BatchRegistry::address_holder(const ca::IpAddress& address, Time at,
                                                        const PublicKey& except) const {
  for (const Entry& entry : batch_)
    if (entry.host != except &&
        std::any_of(entry.subject.networks.begin(), entry.subject.networks.end(),
                    [&](const ca::Prefix& prefix) { return prefix.address == address; }))
      return ca::Holder{entry.host, entry.subject.name, entry.subject.not_after};
  return logged_.address_holder(address, at, except);
}

std::optional<ca::Subject> BatchRegistry::recorded(const Digest& request) const {
  for (const Entry& entry : batch_)
    if (entry.request == request) return entry.subject;
  return logged_.recorded(request);
}

std::uint64_t BatchRegistry::invitation_uses(const PublicKey& invitation_key,
                                             const Digest& except) const {
  const auto uses = std::count_if(batch_.begin(), batch_.end(), [&](const Entry& entry) {
    return entry.invitation == invitation_key && entry.request != except &&
           !logged_.recorded(entry.request);
  });
  return logged_.invitation_uses(invitation_key, except) + static_cast<std::uint64_t>(uses);
}

std::optional<ca::OperatorDecision> BatchRegistry::decision(const Digest& id) const {
  return logged_.decision(id);
}

std::uint64_t BatchRegistry::approvals_since(Time since, const std::string& rule) const {
  const auto approvals = std::count_if(batch_.begin(), batch_.end(), [&](const Entry& entry) {
    return rule.empty() || entry.rule == rule;
  });
  return logged_.approvals_since(since, rule) + static_cast<std::uint64_t>(approvals);
}

bool BatchRegistry::is_revoked(const PublicKey& host_identity) const {
  return logged_.is_revoked(host_identity);
}

}  // namespace jointca::daemon
