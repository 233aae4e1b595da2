// machine/open_watch.h — whether files are opened by anyone, from now on (inotify(7)).
#pragma once

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "machine/descriptor.h"

namespace jointca::machine {

class OpenWatch {
 public:
  /// Watches the files that the paths lead to, through links. Opening by this process counts too.
  static Result<OpenWatch, Error> start(const std::vector<std::string>& paths);

  /// Waits until each was opened at least once since start(); false after `timeout`.
  [[nodiscard]] bool wait_for_all(std::chrono::milliseconds timeout);

 private:
  explicit OpenWatch(int descriptor) : descriptor_(descriptor) {}
  void read_events();

  Descriptor descriptor_;
  std::set<int> unopened_;  ///< watches of files that nobody opened yet
};

}  // namespace jointca::machine
