// machine/privileges.h — what this process may do.
#pragma once

#include "base/error.h"

namespace jointca::machine {

/// Whether CAP_NET_ADMIN is effective: what /proc/self/status says of this process.
[[nodiscard]] Result<bool, Error> may_change_networks();

}  // namespace jointca::machine
