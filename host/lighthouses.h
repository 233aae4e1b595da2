// host/lighthouses.h — the lighthouses that a host knows: those whose statements the parties
// signed, and those that its owner names.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "ca/authority.h"
#include "nebula-adapter/config.h"
#include "nebula-adapter/lighthouse.h"

namespace jointca::host {

struct Lighthouses {
  std::vector<nebula::KnownLighthouse> known;
  std::vector<std::string> left_out;  ///< why, one sentence each
};

/// The lighthouses whose tokens `authority` signed, that hold at `now` and are not revoked
/// (fingerprints), by select_lighthouses(). Others are only left out: whoever serves the tokens may
/// leave out any of them.
[[nodiscard]] Lighthouses open_lighthouses(const std::vector<std::string>& tokens,
                                           const ca::Authority& authority,
                                           const std::set<Digest>& revoked, Time now);

/// Of statements that hold, at most lighthouses_max. Of several of one name the newest counts; of
/// two names with one address neither is taken: the address would stand twice in Nebula's
/// configuration, and which of the two is meant is not for this host to say.
[[nodiscard]] Lighthouses select_lighthouses(std::vector<nebula::Lighthouse> statements);

/// Adds what flags say, each "10.42.0.1=192.0.2.1:4242": they replace the endpoints of a known
/// lighthouse with that address. No address is in two lighthouses then; flags with one endpoint are
/// one lighthouse, and with one address several endpoints of it.
[[nodiscard]] Result<std::vector<nebula::KnownLighthouse>, Error> with_flags(
    std::vector<nebula::KnownLighthouse> known, const std::vector<std::string>& flags);

}  // namespace jointca::host
