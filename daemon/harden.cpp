#include "daemon/harden.h"

#include <cerrno>
#include <system_error>

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

namespace jointca::daemon {
namespace {

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif
#else
constexpr bool sanitized = false;
#endif

}  // namespace

void forbid_dumps() {
  const rlimit none{0, 0};
  (void)setrlimit(RLIMIT_CORE, &none);
  (void)prctl(PR_SET_DUMPABLE, 0);
}

Result<bool, Error> harden(bool trial) {
  forbid_dumps();
  if (sanitized) return false;
  if (mlockall(MCL_CURRENT | MCL_FUTURE) == 0) return true;
  if (trial) return false;
  return failed("cannot lock memory: " + std::error_code(errno, std::generic_category()).message() +
                "; allow it with LimitMEMLOCK=infinity (systemd) or `ulimit -l unlimited`");
}

}  // namespace jointca::daemon
