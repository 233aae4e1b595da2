// daemon/ceremony.h — the story of a key generation, as one of its n parties lives it.
//
//   hello     exchange parameters until everyone has everyone's → compare them field by field
//   roster    everyone has seen the same hellos → the session id
//   key       by the scheme's protocols: our share of a key that nobody holds
//   self-sign the CA certificates, which each party derived for itself, are signed
//   pending   share and result durable, sealed; a crash from here on loses nothing
//   certify   n signatures over everything: the key is active; authority.json, share, ca.crt, log
//
// A party that stops after "pending" may find the certificate at any other party, or complete it
// with them: the same statement is signed again, not another one.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/time.h"
#include "daemon/ceremony_key.h"
#include "daemon/ceremony_parameters.h"
#include "daemon/state_dir.h"

namespace jointca::daemon {

struct CeremonyOptions {
  Duration timeout{300};
  /// Give up a ceremony that waits for its certificate. Its key is lost if others completed it.
  bool discard_pending = false;
  std::function<Time()> clock;
  Progress progress;  ///< a line at a time, for people
};

/// Runs until the authority stands or the ceremony failed. Blocks. Evidence against a party that
/// misbehaved is in DIR/evidence.
[[nodiscard]] Result<ca::Authority, Error> run_keygen(const PartyState& state,
                                                      const CeremonyParameters& parameters,
                                                      const CeremonyOptions& options, Rng& rng);

}  // namespace jointca::daemon
