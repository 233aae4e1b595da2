// bench/overlays/tun.cpp — an interface in another network namespace.
#include "bench/overlays/tun.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>

namespace jointca::overlays {

namespace {

Unexpected<Error> system_failure(const std::string& what) {
  return failed(what + ": " + std::strerror(errno));  // NOLINT(concurrency-mt-unsafe): one thread
}

Result<machine::Descriptor, Error> open_path(const std::string& path, int flags) {
  machine::Descriptor opened(::open(path.c_str(), flags | O_CLOEXEC));
  if (opened.get() < 0) return system_failure(path);
  return opened;
}

Result<machine::Descriptor, Error> make_tun(const std::string& name) {
  JCA_ASSIGN(auto tun, open_path("/dev/net/tun", O_RDWR | O_NONBLOCK));
  ifreq request{};
  name.copy(request.ifr_name, IFNAMSIZ - 1);
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  if (::ioctl(tun.get(), TUNSETIFF, &request) != 0) return system_failure("TUN " + name);
  return tun;
}

}  // namespace

Result<machine::Descriptor, Error> open_tun(const Machine& machine) {
  JCA_ASSIGN(const auto own, open_path("/proc/self/ns/net", O_RDONLY));
  JCA_ASSIGN(const auto theirs, open_path("/run/netns/" + machine.network_namespace, O_RDONLY));
  if (::setns(theirs.get(), CLONE_NEWNET) != 0)
    return system_failure("entering " + machine.network_namespace);
  auto tun = make_tun(machine.interface);
  if (::setns(own.get(), CLONE_NEWNET) != 0) return system_failure("returning to our namespace");
  return tun;
}

}  // namespace jointca::overlays
