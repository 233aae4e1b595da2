// machine/lock.h — one process at a time.
#pragma once

#include <string>
#include <utility>

#include "base/error.h"
#include "machine/descriptor.h"

namespace jointca::machine {

/// Holds an exclusive lock (flock) until it is destroyed, or the process ends.
class FileLock {
 public:
  /// Makes the file if it is missing, mode 0600. Fails with `busy` if another process holds it.
  static Result<FileLock, Error> acquire(const std::string& path, const std::string& busy);
  /// The same for a directory, which has to be there.
  static Result<FileLock, Error> acquire_directory(const std::string& path,
                                                   const std::string& busy);

 private:
  static Result<FileLock, Error> lock(int descriptor, const std::string& path,
                                      const std::string& busy);
  explicit FileLock(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}
  Descriptor descriptor_;
};

}  // namespace jointca::machine
