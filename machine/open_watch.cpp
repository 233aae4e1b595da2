#include "machine/open_watch.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

namespace jointca::machine {

Result<OpenWatch, Error> OpenWatch::start(const std::vector<std::string>& paths) {
  OpenWatch out(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (out.descriptor_.get() < 0)
    return failed(std::string("inotify: ") + std::generic_category().message(errno));
  for (const std::string& path : paths) {
    const int watch = ::inotify_add_watch(out.descriptor_.get(), path.c_str(), IN_OPEN);
    if (watch < 0) return failed(path + ": " + std::generic_category().message(errno));
    out.unopened_.insert(watch);
  }
  return out;
}

void OpenWatch::read_events() {
  alignas(inotify_event) std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t size = ::read(descriptor_.get(), buffer.data(), buffer.size());
    if (size <= 0) return;
    for (std::size_t at = 0; at + sizeof(inotify_event) <= static_cast<std::size_t>(size);) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof(event));
      unopened_.erase(event.wd);
      at += sizeof(event) + event.len;
    }
  }
}

bool OpenWatch::wait_for_all(std::chrono::milliseconds timeout) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + timeout;
  for (;;) {
    read_events();
    if (unopened_.empty()) return true;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
    if (left.count() <= 0) return false;
    pollfd wait{descriptor_.get(), POLLIN, 0};
    ::poll(&wait, 1, static_cast<int>(left.count()));
  }
}

}  // namespace jointca::machine
