// daemon/server.h — `jointca serve`: builds the parts of a party, in order, and runs them.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/time.h"
#include "daemon/state_dir.h"

namespace jointca::daemon {

struct ServeOptions {
  std::optional<std::string> policy_file;  ///< read again at SIGHUP
  /// Outside logs to witness and witnesses to ask (log/witness_policy.h); read again at SIGHUP.
  std::optional<std::string> witnessing_file;
  std::function<Time()> clock;
  std::function<void()> ready;  ///< called once, when hosts and parties are answered
};

/// What serve() would say of files that need no secret, so that nobody types a passphrase in vain.
[[nodiscard]] Result<Ok, Error> check_files(const StatePaths& paths, const ServeOptions& options);

/// Runs until SIGTERM or SIGINT. Fails if the state directory is held by another process, if memory
/// cannot be locked (unless the party is for trials), or if a port cannot be bound.
[[nodiscard]] Result<Ok, Error> serve(PartyState state, const ServeOptions& options, Rng& rng);

}  // namespace jointca::daemon
