#include "cli/report_file.h"

#include <cerrno>
#include <fstream>
#include <iostream>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "machine/files.h"

namespace jointca::cli {
namespace {

Unexpected<Error> problem(const std::string& path) {
  return failed(path + ": " + std::generic_category().message(errno));
}

Result<Ok, Error> sync(const std::string& path, int flags) {
  const int descriptor = open(path.c_str(), flags | O_CLOEXEC);
  if (descriptor < 0) return problem(path);
  const bool done = fsync(descriptor) == 0;
  close(descriptor);
  return done ? Result<Ok, Error>(Ok{}) : problem(path);
}

}  // namespace

Result<Ok, Error> write_report(const std::string& path, bool overwrite,
                               const std::function<void(std::ostream&)>& write) {
  if (path == "-") {
    write(std::cout);
    std::cout.flush();
    return std::cout ? Result<Ok, Error>(Ok{}) : failed("standard output: cannot be written");
  }
  if (!overwrite && machine::file_exists(path))
    return failed(path + ": is there already; --force replaces it");
  const std::string temporary = path + ".new";
  std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
  if (out) write(out);
  out.close();
  if (!out) return problem(temporary);
  JCA_TRY(sync(temporary, O_RDONLY));
  if (rename(temporary.c_str(), path.c_str()) != 0) return problem(path);
  const auto slash = path.rfind('/');
  return sync(slash == std::string::npos ? "." : path.substr(0, slash + 1), O_RDONLY | O_DIRECTORY);
}

}  // namespace jointca::cli
