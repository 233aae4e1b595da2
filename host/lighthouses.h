// host/lighthouses.h — the lighthouses that a host knows: those whose statements the parties
// signed, and those that its owner names.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "ca/authority.h"
#include "nebula-adapter/config.h"

namespace jointca::host {

struct Lighthouses {
  std::vector<nebula::KnownLighthouse> known;
  std::vector<std::string> left_out;  ///< why, one sentence each
};

/// The lighthouses whose tokens `authority` signed, that hold at `now` and are not revoked
/// (fingerprints); lighthouses_max of them. Others are only left out: whoever serves the tokens may
/// leave out any of them.
[[nodiscard]] Lighthouses open_lighthouses(const std::vector<std::string>& tokens,
                                           const ca::Authority& authority,
                                           const std::set<Digest>& revoked, Time now);

/// Adds what flags say, each "10.42.0.1=192.0.2.1:4242": they replace the endpoints of a known
/// lighthouse with that address; flags with one endpoint are one lighthouse, and with one address
/// several endpoints of it.
[[nodiscard]] Result<std::vector<nebula::KnownLighthouse>, Error> with_flags(
    std::vector<nebula::KnownLighthouse> known, const std::vector<std::string>& flags);

}  // namespace jointca::host
