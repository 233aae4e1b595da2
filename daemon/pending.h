// daemon/pending.h — a ceremony's result between "made" and "certified by all", on the disk.
#pragma once

#include <optional>

#include "base/time.h"
#include "ca/authority.h"
#include "daemon/state_dir.h"
#include "threshold/ceremony.h"

namespace jointca::daemon {

/// Everything but the certificate. The authority's signatures are zero.
struct PendingCeremony : MoveOnly {
  PendingCeremony(ca::Authority the_authority, JointKeyPackage the_key)
      : authority(std::move(the_authority)), key(std::move(the_key)) {}
  ca::Authority authority;
  JointKeyPackage key;
};

/// DIR/ceremony.pending, sealed.
[[nodiscard]] Result<Ok, Error> write_pending(const PendingCeremony& pending,
                                              const PartyState& state, Rng& rng);
[[nodiscard]] Result<std::optional<PendingCeremony>, Error> read_pending(const PartyState& state);

/// Makes a certified key this party's: sealed share, ca.crt, the log's first entry and last
/// authority.json, after which the party is a member; then the pending file goes. Any of it may be
/// repeated after a crash. `authority` carries the certificate and was checked.
[[nodiscard]] Result<Ok, Error> activate(const PendingCeremony& pending,
                                         const ca::Authority& authority, const PartyState& state,
                                         Time now, Rng& rng);

}  // namespace jointca::daemon
