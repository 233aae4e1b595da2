// cli/log_source.h — logs to be audited: in a directory, or at a party.
#pragma once

#include <memory>

#include "audit/source.h"
#include "ca/authority.h"

namespace jointca::cli {

/// What `party` serves, from "https://HOST:PORT" (TLS, pinned to the party's identity key), or from
/// a directory as `jointca log export` writes it, with copies of other logs below "mirror/".
[[nodiscard]] Result<std::unique_ptr<audit::LogSource>, Error> open_log_source(
    const std::string& place, const ca::Party& party);

}  // namespace jointca::cli
