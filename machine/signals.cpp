#include "machine/signals.h"

#include <cerrno>
#include <csignal>
#include <system_error>

#include <poll.h>
#include <sys/signalfd.h>

namespace jointca::machine {

Result<EndSignals, Error> EndSignals::start() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, number);
  const int problem = ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  if (problem != 0) return failed("signals: " + std::generic_category().message(problem));
  Descriptor descriptor(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (descriptor.get() < 0) return failed("signals: " + std::generic_category().message(errno));
  return EndSignals(std::move(descriptor));
}

std::optional<int> EndSignals::next(std::chrono::milliseconds timeout) const {
  pollfd waits{descriptor_.get(), POLLIN, 0};
  if (::poll(&waits, 1, static_cast<int>(timeout.count())) != 1) return std::nullopt;
  signalfd_siginfo info{};
  if (::read(descriptor_.get(), &info, sizeof info) != sizeof info) return std::nullopt;
  return static_cast<int>(info.ssi_signo);
}

}  // namespace jointca::machine
