// daemon/harden.h — keeps the process's memory out of swap and core dumps.
#pragma once

#include "base/error.h"

namespace jointca::daemon {

/// For processes that hold shares. Forbids core dumps and ptrace (PR_SET_DUMPABLE 0) and locks all
/// present and future memory (mlockall), which needs LimitMEMLOCK=infinity or CAP_IPC_LOCK. True if
/// the memory is locked; an error if it is not, except for a trial party. Under sanitizers, whose
/// shadow memory cannot be locked, it is not and that is no error.
[[nodiscard]] Result<bool, Error> harden(bool trial);

}  // namespace jointca::daemon
