// daemon/api_sessions.h — a session of MPyC as the operator is shown it. For api*.cpp only.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "mpyc-adapter/manifest.h"

namespace jointca::daemon {

/// name, members, channel, program, arguments, not_before, not_after.
[[nodiscard]] nlohmann::ordered_json session_json(const mpyc::Manifest& manifest);

}  // namespace jointca::daemon
