// machine/process.h — running another program and waiting for it: `wg`, `ip`, `nebula`. No shell.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace jointca::machine {

struct ProcessOptions {
  BytesView input{};  ///< its standard input, readable again as /dev/stdin
  std::chrono::milliseconds timeout{10'000};
  std::size_t output_bytes_max = std::size_t{1} << 20;    ///< of each stream
  std::optional<std::vector<std::string>> environment{};  ///< "NAME=VALUE"; nothing: ours
};

struct ProcessResult {
  int status = 0;  ///< exit status; 128 + number of the signal that ended it
  std::string out;
  std::string err;

  /// What it said, for an error message: the last line of `err`, or else of `out`, that begins with
  /// ERROR; or the last of all, or the status.
  [[nodiscard]] std::string complaint() const;
};

/// The path of an executable file: as it is if it has a slash, else looked up in PATH and then in
/// the directories of system programs, which the PATH of cron and of users may not have.
[[nodiscard]] std::optional<std::string> find_program(std::string_view name);

/// Runs argv[0], looked up by find_program(), with standard streams of its own and no other open
/// files, and waits for its end. What it leaves running in the background is not waited for. Fails
/// if it is not found, writes more than it may, or is not done in time; it is then killed with
/// all of its process group. An exit status other than 0 is not a failure here.
[[nodiscard]] Result<ProcessResult, Error> run_process(const std::vector<std::string>& argv,
                                                       const ProcessOptions& options = {});

}  // namespace jointca::machine
