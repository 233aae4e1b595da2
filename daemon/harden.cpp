#include "daemon/harden.h"

#include <cerrno>
#include <cstring>

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

namespace jointca::daemon {

void forbid_core_dumps() {
  const rlimit none{0, 0};
  (void)setrlimit(RLIMIT_CORE, &none);
  (void)prctl(PR_SET_DUMPABLE, 0);
}

Result<Ok, Error> lock_memory() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return Ok{};
#else
  if (mlockall(MCL_CURRENT | MCL_FUTURE) == 0) return Ok{};
  return failed(std::string("cannot lock memory: ") + std::strerror(errno) +
                "; allow it with LimitMEMLOCK=infinity (systemd) or `ulimit -l unlimited`");
#endif
}

}  // namespace jointca::daemon
