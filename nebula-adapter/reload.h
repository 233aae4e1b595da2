// nebula-adapter/reload.h — the running Nebula: who it is, telling it to read its files again, and
// whether it did.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "machine/descriptor.h"

namespace jointca::nebula {

/// One run of a program: another one with its number began at another time, or after another boot.
struct ProcessIdentity {
  int pid = 0;
  std::uint64_t began = 0;  ///< clock ticks since the boot: proc(5), /proc/PID/stat, starttime
  std::string boot;         ///< the kernel's boot_id

  bool operator==(const ProcessIdentity&) const = default;
};

/// Nothing when no such process runs.
[[nodiscard]] std::optional<ProcessIdentity> identity_of(int pid);

/// A process that runs Nebula itself. Held by a pidfd, so that a signal cannot reach another
/// process that got its number.
class NebulaProcess {
 public:
  /// The process that the pid file names or, if that is a launcher (sudo, a shell), its one
  /// descendant that is Nebula. A process is Nebula if its executable is called "nebula" or is the
  /// file `program`. Nothing when the file, or the process, is not there. Fails on a launcher
  /// without exactly one such descendant, and without permission to signal it.
  static Result<std::optional<NebulaProcess>, Error> find(const std::string& pid_file,
                                                          const std::string& program);

  [[nodiscard]] int pid() const { return identity_.pid; }
  [[nodiscard]] const ProcessIdentity& identity() const { return identity_; }
  [[nodiscard]] bool running() const;
  /// SIGHUP.
  [[nodiscard]] Result<Ok, Error> hang_up() const;

 private:
  NebulaProcess(ProcessIdentity identity, machine::Descriptor descriptor)
      : identity_(std::move(identity)), descriptor_(std::move(descriptor)) {}

  ProcessIdentity identity_;
  machine::Descriptor descriptor_;
};

/// What Nebula's log says about a reload.
enum class LogVerdict : std::uint8_t { nothing, refreshed, refused };
/// Of the part of a log that was written since, as 1.6.1 and 1.11.0 write it.
[[nodiscard]] LogVerdict log_verdict(std::string_view text);
/// Of such a part: the first line that says why not.
[[nodiscard]] std::string log_complaint(std::string_view text);

/// How the effect is confirmed.
struct ReloadCheck {
  std::vector<std::string> files;  ///< all of them must be opened
  std::optional<std::string>
      log;  ///< Nebula's log file: must then say that it took the certificate
};

/// Sends SIGHUP and waits, 5 s at most, until Nebula has opened the files and, if a log is given,
/// has said that it took them; it must be alive after that.
[[nodiscard]] Result<Ok, Error> reload(const NebulaProcess& process, const ReloadCheck& check);

}  // namespace jointca::nebula
