// host/members.h — who other hosts are: what the parties know of a name.
#pragma once

#include "host/parties.h"

namespace jointca::host {

/// A host that has certificates now.
struct KnownHost {
  std::string name;
  PublicKey identity;
  std::vector<ca::Prefix> networks;

  bool operator==(const KnownHost&) const = default;
};

/// Asks every party. Fails if none that answers knows the name (refused), or if two say different
/// things of it (verification): one of them lies, or has not heard of a change yet.
[[nodiscard]] Result<KnownHost, Error> find_host(Calls& calls, const ca::Authority& authority,
                                                 const std::string& name);

}  // namespace jointca::host
