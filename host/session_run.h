// host/session_run.h — a session is run: checked, fenced, met for, started, watched, recorded, and
// all of it taken away again.
#pragma once

#include "host/order.h"
#include "host/session_check.h"
#include "host/session_end.h"

namespace jointca::host {

struct RunOptions {
  SessionInputs inputs;
  std::vector<std::string> own{};   ///< paths of this member's own inputs
  std::vector<std::string> keep{};  ///< paths of files that the program makes
  Duration wait{120};               ///< for the other members to be ready
  Duration watch{30};               ///< between two looks at what is revoked
};

/// The other members, as they are met before a run: the path MTU on an overlay, and meet(). Not on
/// a session of one seat.
[[nodiscard]] Result<std::vector<Met>, Stop> check_others(const CheckedSession& checked,
                                                          Intent intent, Duration wait,
                                                          const Progress& progress);

/// Runs it, and leaves nothing behind but the receipt. A run that was killed is undone first. A
/// process has one, and no other thread when it begins one: a signal while members are waited for
/// ends the process, with 128 + its number. The receipt says how it went once the program was
/// started; before that it is the Stop.
[[nodiscard]] Result<Receipt, Stop> run_session(const RunOptions& options, const Clock& clock,
                                                const Progress& progress);

}  // namespace jointca::host
