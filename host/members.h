// host/members.h — who other hosts are: what the parties know of a name.
#pragma once

#include <functional>

#include "host/parties.h"

namespace jointca::host {

/// A host that has certificates now.
struct KnownHost {
  std::string name;
  PublicKey identity;
  std::vector<ca::Prefix> networks;

  bool operator==(const KnownHost&) const = default;
};

/// What min_signers parties say alike; fewer could lie. `dissent` hears of each party that says
/// something else, or nothing sensible. Fails if no party that answers knows the name (refused), if
/// too few can be asked or know it yet (unreachable), or if they contradict each other so that no
/// min_signers agree (verification).
[[nodiscard]] Result<KnownHost, Error> find_host(
    Calls& calls, const ca::Authority& authority, const std::string& name,
    const std::function<void(const std::string&)>& dissent);

}  // namespace jointca::host
