// daemon/harden.h — keeps the process's memory out of swap and core dumps.
#pragma once

#include "base/error.h"

namespace jointca::daemon {

/// No core dumps and no ptrace by others (PR_SET_DUMPABLE 0).
void forbid_core_dumps();

/// Locks all present and future memory (mlockall). Needs LimitMEMLOCK=infinity or CAP_IPC_LOCK.
/// Under AddressSanitizer, whose shadow memory cannot be locked, it only forbids core dumps.
[[nodiscard]] Result<Ok, Error> lock_memory();

}  // namespace jointca::daemon
