#include "machine/files.h"

#include <cerrno>
#include <climits>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "machine/descriptor.h"

namespace jointca::machine {
namespace {

Unexpected<Error> system_error(const std::string& path) {
  return failed(path + ": " + std::generic_category().message(errno));
}

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<Ok, Error> write_all(int descriptor, BytesView content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t written = ::write(descriptor, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_error(path);
    content = content.subspan(static_cast<std::size_t>(written));
  }
  return Ok{};
}

Result<Ok, Error> sync_directory(const std::string& path) {
  const Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0 || ::fsync(directory.get()) != 0) return system_error(path);
  return Ok{};
}

Result<Ok, Error> read_all(int file, const std::string& path, std::size_t bytes_max,
                           Bytes& content) {
  constexpr std::size_t size_unknown = 16384;
  struct stat status {};
  const bool is_regular = ::fstat(file, &status) == 0 && S_ISREG(status.st_mode);
  const auto expected = is_regular ? static_cast<std::size_t>(status.st_size) : size_unknown;
  content.resize(std::min(expected, bytes_max) + 1);  // one more, to see the end
  for (std::size_t size = 0;;) {
    const ssize_t count = ::read(file, content.data() + size, content.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(path);
    size += static_cast<std::size_t>(count);
    if (size > bytes_max)
      return failed(path + ": larger than " + std::to_string(bytes_max) + " bytes");
    if (count == 0) {
      content.resize(size);
      return Ok{};
    }
    if (size == content.size()) content.resize(std::min(2 * size, bytes_max + 1));
  }
}

}  // namespace

Result<Bytes, Error> read_file(const std::string& path, std::size_t bytes_max) {
  const Descriptor file(path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return system_error(path);
  Bytes content;
  JCA_TRY(read_all(file.get(), path, bytes_max, content));
  return content;
}

Result<bool, Error> read_file(const std::string& path, std::size_t bytes_max, Bytes& content) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0 && (errno == ENOENT || errno == ENOTDIR)) return false;
  if (file.get() < 0) return system_error(path);
  JCA_TRY(read_all(file.get(), path, bytes_max, content));
  return true;
}

Result<Ok, Error> write_file(const std::string& path, BytesView content, unsigned mode,
                             Overwrite overwrite) {
  if (overwrite == Overwrite::refuse && file_exists(path))
    return failed(path + ": exists already; --force overwrites it");
  std::string temporary = path + ".XXXXXX";
  const Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (file.get() < 0) return system_error(path);
  auto written = write_all(file.get(), content, path);
  if (written && (::fchmod(file.get(), mode) != 0 || ::fsync(file.get()) != 0 ||
                  ::rename(temporary.c_str(), path.c_str()) != 0))
    written = system_error(path);
  if (!written) {
    ::unlink(temporary.c_str());
    return written;
  }
  return sync_directory(directory_of(path));
}

Result<Ok, Error> make_private_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0) return sync_directory(directory_of(path));
  if (errno != EEXIST) return system_error(path);
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return system_error(path);
  if (!S_ISDIR(status.st_mode)) return failed(path + ": not a directory");
  if ((status.st_mode & 077U) != 0)
    return failed(path + ": others may enter it; `chmod 700 " + path + "` first");
  return Ok{};
}

Result<Ok, Error> make_directory(const std::string& path, unsigned mode) {
  if (::mkdir(path.c_str(), mode) == 0) {
    if (::chmod(path.c_str(), mode) != 0) return system_error(path);
    return sync_directory(directory_of(path));
  }
  if (errno != EEXIST) return system_error(path);
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return system_error(path);
  if (!S_ISDIR(status.st_mode)) return failed(path + ": not a directory");
  return Ok{};
}

Result<Ok, Error> write_link(const std::string& target, const std::string& path) {
  const std::string temporary = path + ".new";
  if (::unlink(temporary.c_str()) != 0 && errno != ENOENT) return system_error(temporary);
  if (::symlink(target.c_str(), temporary.c_str()) != 0) return system_error(temporary);
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    auto error = system_error(path);
    ::unlink(temporary.c_str());
    return error;
  }
  return sync_directory(directory_of(path));
}

std::optional<std::string> read_link(const std::string& path) {
  std::array<char, PATH_MAX> target{};
  const ssize_t size = ::readlink(path.c_str(), target.data(), target.size());
  if (size < 0) return std::nullopt;
  return std::string(target.data(), static_cast<std::size_t>(size));
}

bool file_exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

Result<Ok, Error> move_file(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return system_error(from);
  return sync_directory(directory_of(to));
}

Result<Ok, Error> remove_file(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return system_error(path);
  return sync_directory(directory_of(path));
}

}  // namespace jointca::machine
