// mpyc-adapter/guard.h — the seat guard, seat_guard.py, as `session run` starts it.
#pragma once

#include "mpyc-adapter/manifest.h"

namespace jointca::mpyc {

/// The program's text.
[[nodiscard]] std::string_view seat_guard();

/// Its GUARD.json: what binds the seats (certificates on the channel `tls`, addresses on others),
/// and the deadlines.
[[nodiscard]] std::string guard_settings(const Manifest& manifest);

}  // namespace jointca::mpyc
