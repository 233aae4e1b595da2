// host/supervise.h — a session's program while it runs: what it prints, and what ends it.
#pragma once

#include <functional>

#include "host/order.h"
#include "host/session_end.h"
#include "machine/child.h"
#include "machine/signals.h"

namespace jointca::host {

struct Supervision {
  Time not_after;                ///< of the window
  std::chrono::seconds total{};  ///< after which a guard that hangs is ended, too
  Clock clock;
  /// Asked a few times in a second.
  std::function<std::optional<Problem>()> revoked;
};

/// Passes on what the child prints, with its digest if that is piped, until it ends; or ends it:
/// for a revocation, at the end of the window, after `total`, or when asked to by a signal, which
/// is passed on to it first. What the guard said is for the caller to add.
[[nodiscard]] ProgramEnd supervise(machine::Child& child, const machine::EndSignals& signals,
                                   const Supervision& supervision);

}  // namespace jointca::host
