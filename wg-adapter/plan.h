// wg-adapter/plan.h — from the peers that an interface should have and those that it has, to what
// has to be done. Pure.
#pragma once

#include <map>
#include <vector>

#include "wg-adapter/device.h"
#include "wg-adapter/select.h"

namespace jointca::wireguard {

/// The peers that we put on an interface, by key, with the endpoint that we set last: the present
/// one may differ, because peers roam.
using OwnedPeers = std::map<Digest, std::string>;

struct Plan {
  std::vector<PeerSettings> added;
  /// An empty endpoint here means: leave it as it is.
  std::vector<PeerSettings> changed;
  std::vector<Digest> removed;
  std::vector<LeftOut> left_out;  ///< by what is on the interface already
  OwnedPeers owned;               ///< once all of this is done

  [[nodiscard]] bool is_empty() const {
    return added.empty() && changed.empty() && removed.empty();
  }
};

/// Only peers in `owned` are ever changed or removed. Left out are, by rule: "foreign key", a peer
/// that is on the interface and not ours; "foreign overlap", an address that is among the allowed
/// IPs of such a peer, from which WireGuard would take it.
[[nodiscard]] Plan plan_changes(const std::vector<PeerSettings>& peers, const OwnedPeers& owned,
                                const Device& device);

}  // namespace jointca::wireguard
