// machine/lock.h — one process at a time.
#pragma once

#include <string>

#include "base/error.h"
#include "base/move_only.h"

namespace jointca::machine {

/// Holds an exclusive lock (flock) on a file until it is destroyed, or the process ends.
class FileLock : MoveOnly {
 public:
  /// Makes the file if it is missing, mode 0600. Fails with `busy` if another process holds it.
  static Result<FileLock, Error> acquire(const std::string& path, const std::string& busy);
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace jointca::machine
