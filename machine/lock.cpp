#include "machine/lock.h"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>

namespace jointca::machine {

Result<FileLock, Error> FileLock::lock(int descriptor, const std::string& path,
                                       const std::string& busy) {
  Descriptor opened(descriptor);
  if (opened.get() < 0) return failed(path + ": " + std::generic_category().message(errno));
  if (::flock(opened.get(), LOCK_EX | LOCK_NB) != 0) return failed(busy);
  return FileLock(std::move(opened));
}

Result<FileLock, Error> FileLock::acquire(const std::string& path, const std::string& busy) {
  return lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600), path, busy);
}

Result<FileLock, Error> FileLock::acquire_directory(const std::string& path,
                                                    const std::string& busy) {
  return lock(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), path, busy);
}

}  // namespace jointca::machine
