// daemon/harden.h — keeps the process's memory out of swap and core dumps.
#pragma once

#include "base/error.h"

namespace jointca::daemon {

/// For every process that holds a secret: forbids core dumps and ptrace (PR_SET_DUMPABLE 0).
void forbid_dumps();

/// For processes that hold a party's secrets: forbid_dumps(), and all present and future memory is
/// locked (mlockall), which needs LimitMEMLOCK=infinity or CAP_IPC_LOCK. True if it is; an error if
/// not, except for a trial party. Under sanitizers, whose shadow memory cannot be locked, it is not
/// and that is no error.
[[nodiscard]] Result<bool, Error> harden(bool trial);

}  // namespace jointca::daemon
