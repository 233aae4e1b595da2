// daemon/ca_bundle.h — the file ca.crt, of parties and of hosts: the CA certificates of now.
#pragma once

#include <string>

#include "ca/authority.h"

namespace jointca::daemon {

/// Writes the CA certificates that are valid at `now` to `path`, unless they are there already.
[[nodiscard]] Result<Ok, Error> write_ca_bundle(const std::string& path,
                                                const ca::Authority& authority, Time now);

}  // namespace jointca::daemon
