// daemon/batch_registry.h — the registry as it will be once some hosts that were approved are
// logged: those before this one in the same batch, so that one batch cannot give a name, an address
// or an invitation twice, and those that another coordinator has just proposed.
#pragma once

#include <map>

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
    bool renewal = false;
    std::vector<PublicKey> members{};  ///< of a session
  };
  /// Nothing changes if the request is in the registry, or was added, already.
  void add(const Entry& entry);

  std::optional<ca::Holder> name_holder(const std::string& name, Time at,
                                        const PublicKey& except) const override;
  std::optional<ca::Holder> address_holder(const ca::IpAddress& address, Time at,
                                           const PublicKey& except) const override;
  std::optional<ca::Record> recorded(const Digest& request) const override;
  std::uint64_t invitation_uses(const PublicKey& invitation_key, const Digest& except,
                                Time at) const override;
  std::optional<ca::Subject> enrolled(const PublicKey& host_identity,
                                      const PublicKey& invitation_key, Time at) const override {
    return logged_.enrolled(host_identity, invitation_key, at);
  }
  std::vector<ca::Subject> held_by(const PublicKey& host_identity, Time at) const override {
    return logged_.held_by(host_identity, at);
  }
  ca::Claim claim_on(const std::string& name, const PublicKey& except) const override;
  std::uint64_t requests_since(const PublicKey& host_identity, Time since,
                               const Digest& except) const override;
  std::optional<ca::OperatorDecision> decision(const Digest& id) const override;
  std::uint64_t approvals_since(Time since, const std::string& rule) const override;
  std::uint64_t sessions_since(const PublicKey& member, Time since) const override;
  bool is_revoked(const PublicKey& host_identity) const override;

 private:
  const ca::Registry& logged_;
  std::map<Digest, Entry> batch_;                    // by request
  std::multimap<std::string, Digest> by_name_;       // name_key → request
  std::multimap<ca::IpAddress, Digest> by_address_;  // address → request
  std::multimap<PublicKey, Digest> by_invitation_;   // invitation key → request
  std::map<std::string, std::uint64_t> by_rule_;     // rule → how many
};

}  // namespace jointca::daemon
