// machine/signals.h — being asked to end (SIGINT, SIGTERM, SIGHUP), as something to look at.
#pragma once

#include <chrono>
#include <optional>

#include "base/error.h"
#include "machine/descriptor.h"

namespace jointca::machine {

/// From start() on these signals no longer end the process. For a process with one thread: later
/// ones have it so, too.
class EndSignals {
 public:
  static Result<EndSignals, Error> start();
  /// Can be read when there is one: poll(2).
  [[nodiscard]] int descriptor() const { return descriptor_.get(); }
  /// Waits for the number of the next one, `timeout` at most.
  [[nodiscard]] std::optional<int> next(std::chrono::milliseconds timeout) const;

 private:
  explicit EndSignals(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}
  Descriptor descriptor_;
};

}  // namespace jointca::machine
