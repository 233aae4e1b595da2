#include "wg-adapter/plan.h"

#include <set>

namespace jointca::wireguard {
namespace {

/// The allowed IPs of peers that are not ours.
class ForeignNetworks {
 public:
  void add(const ca::Prefix& network) {
    networks_.insert(network.masked());
    lengths_.insert(network.bits);
  }

  [[nodiscard]] bool contain(const ca::IpAddress& address) const {
    return std::any_of(lengths_.begin(), lengths_.end(), [&](std::uint8_t bits) {
      return bits <= address.bits() && networks_.contains(ca::Prefix{address, bits}.masked());
    });
  }

 private:
  std::set<ca::Prefix> networks_;
  std::set<std::uint8_t> lengths_;
};

/// What to do about a peer that is on the interface and ours; nothing if it is as it should be.
std::optional<PeerSettings> change_of(const PeerSettings& wanted, const Peer& present,
                                      const std::string& endpoint_set) {
  const bool endpoint_differs =
      !wanted.endpoint.empty() && (wanted.endpoint != endpoint_set || present.endpoint.empty());
  if (wanted.allowed_ips == present.allowed_ips && wanted.keepalive == present.keepalive &&
      !endpoint_differs)
    return std::nullopt;
  PeerSettings change = wanted;
  if (!endpoint_differs) change.endpoint.clear();
  return change;
}

}  // namespace

Plan plan_changes(const std::vector<PeerSettings>& peers, const OwnedPeers& owned,
                  const Device& device) {
  Plan plan;
  ForeignNetworks foreign;
  std::map<Digest, const Peer*> present;
  for (const Peer& peer : device.peers) {
    present.emplace(peer.public_key, &peer);
    if (owned.contains(peer.public_key)) continue;
    for (const ca::Prefix& allowed : peer.allowed_ips) foreign.add(allowed);
  }
  const auto leave_out = [&](const PeerSettings& peer, const char* rule, std::string reason) {
    plan.left_out.push_back({peer.name, to_hex(peer.fingerprint), rule, std::move(reason)});
  };
  for (const PeerSettings& peer : peers) {
    const auto on_device = present.find(peer.public_key);
    const auto ours = owned.find(peer.public_key);
    if (on_device != present.end() && ours == owned.end()) {
      leave_out(peer, "foreign key", "the interface has a peer with this key that is not ours");
      continue;
    }
    const auto taken =
        std::find_if(peer.allowed_ips.begin(), peer.allowed_ips.end(),
                     [&](const ca::Prefix& allowed) { return foreign.contain(allowed.address); });
    if (taken != peer.allowed_ips.end()) {
      leave_out(peer, "foreign overlap",
                "a peer that is not ours has " + taken->address.text() + " in its allowed IPs");
      continue;
    }
    if (on_device == present.end())
      plan.added.push_back(peer);
    else if (auto change = change_of(peer, *on_device->second, ours->second))
      plan.changed.push_back(*std::move(change));
    plan.owned.emplace(peer.public_key, peer.endpoint);
  }
  for (const auto& [key, endpoint] : owned)
    if (present.contains(key) && !plan.owned.contains(key)) plan.removed.push_back(key);
  return plan;
}

}  // namespace jointca::wireguard
