// machine/child.h — a program that runs beside us: it has our terminal, and ends when we do.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/error.h"
#include "machine/descriptor.h"

namespace jointca::machine {

struct ChildOptions {
  std::vector<std::string> argv;         ///< the first is the path of the program
  std::vector<std::string> environment;  ///< "NAME=VALUE", and nothing else
  std::string folder;                    ///< in which it runs
  bool piped = false;                    ///< its standard output is output() instead of ours
};

/// Killed at the end of its scope, and by the kernel if the thread that started it ends
/// (PR_SET_PDEATHSIG, prctl(2)); it stays in our process group, so that it may read the terminal.
class Child {
 public:
  /// Fails if the program cannot be run.
  static Result<Child, Error> start(const ChildOptions& options);
  Child(Child&& other) noexcept
      : pid_(std::exchange(other.pid_, 0)),
        process_(std::move(other.process_)),
        output_(std::move(other.output_)),
        status_(other.status_) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  Child& operator=(Child&&) = delete;
  ~Child();

  /// Can be read once it has ended: poll(2).
  [[nodiscard]] int ended_descriptor() const { return process_.get(); }
  /// What it writes, not blocking; −1 unless piped.
  [[nodiscard]] int output() const { return output_.get(); }
  void signal(int number) const;
  /// Waits for its end: exit status, or 128 + number of the signal that ended it.
  [[nodiscard]] int wait();

 private:
  Child(pid_t pid, Descriptor process, Descriptor output)
      : pid_(pid), process_(std::move(process)), output_(std::move(output)) {}

  pid_t pid_;
  Descriptor process_;
  Descriptor output_;
  std::optional<int> status_;
};

}  // namespace jointca::machine
