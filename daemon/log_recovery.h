// daemon/log_recovery.h — brings an old copy of a party's log up to what it had signed, from the
// copies that the other parties keep of it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "daemon/state_dir.h"

namespace jointca {
class Rng;
}

namespace jointca::daemon {

struct Recovered {
  std::uint64_t before = 0;  ///< entries that the log had
  std::uint64_t after = 0;
  std::vector<std::string> asked;   ///< parties that answered
  std::vector<std::string> absent;  ///< parties that did not: one of them may know more
};

/// Appends what is missing, each part under the checkpoint that this party itself had signed, and
/// remembers the hosts that it speaks of. The daemon must not be running. Fails with `verification`
/// if another party has a checkpoint that this log contradicts: then two copies of the state were
/// used, and no entry can mend it.
[[nodiscard]] Result<Recovered, Error> recover_log(PartyState state, Rng& rng,
                                                   std::function<Time()> clock);

}  // namespace jointca::daemon
