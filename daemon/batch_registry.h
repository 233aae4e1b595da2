// daemon/batch_registry.h — the registry as it will be once the hosts before this one in the same
// batch are logged, so that one batch cannot give a name, an address or an invitation twice.
#pragma once

#include <vector>

#include "ca/registry.h"

namespace jointca::daemon {

class BatchRegistry final : public ca::Registry {
 public:
  explicit BatchRegistry(const ca::Registry& logged) : logged_(logged) {}

  struct Entry {
    Digest request{};
    PublicKey host;
    PublicKey invitation;
    ca::Subject subject;
    std::string rule;
  };
  void add(Entry entry) { batch_.push_back(std::move(entry)); }

  std::optional<ca::Holder> name_holder(const std::string& name, Time at,
                                        const PublicKey& except) const override;
  std::optional<ca::Holder> address_holder(const ca::IpAddress& address, Time at,
                                           const PublicKey& except) const override;
  std::optional<ca::Subject> recorded(const Digest& request) const override;
  std::uint64_t invitation_uses(const PublicKey& invitation_key,
                                const Digest& except) const override;
  std::optional<ca::OperatorDecision> decision(const Digest& id) const override;
  std::uint64_t approvals_since(Time since, const std::string& rule) const override;
  bool is_revoked(const PublicKey& host_identity) const override;

 private:
  const ca::Registry& logged_;
  std::vector<Entry> batch_;
};

}  // namespace jointca::daemon
