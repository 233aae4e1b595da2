// nebula-adapter/install.h — a host's files, from what it enrolled with to a Nebula that uses them:
// checked, tried, swapped in one step, reloaded, and put back if that fails.
#pragma once

#include "nebula-adapter/install_dir.h"

namespace jointca::nebula {

struct InstallRequest {
  HostSet host;
  std::vector<Digest> blocklist{};
  std::uint64_t revocations =
      0;  ///< number of the list that the blocklist is from; 0: there is none
  std::vector<KnownLighthouse> lighthouses{};
  StartOptions start{};
  bool ipv4_lighthouses = false;          ///< some lighthouse runs Nebula before 1.10
  bool force = false;                     ///< replace files that jointca did not write
  std::string program = "nebula";         ///< a path, or a name to be looked up
  std::optional<std::string> pid_file{};  ///< of Nebula; none: do not reload
  std::optional<std::string> log{};       ///< Nebula's log file, to confirm the reload by
};

enum class Reload : std::uint8_t {
  none,         ///< not asked for, or nothing has changed
  not_running,  ///< the pid file names no process; a warning, if there is no such file
  confirmed,    ///< Nebula has read the files
};

struct InstallReport {
  bool changed = false;  ///< false: everything was there already, and nothing was touched
  /// Why Nebula has to be started again for all of it to take effect; empty: it has not. Told by
  /// every run until the process has ended that was reloaded.
  std::vector<std::string> restart{};
  std::vector<std::string> warnings{};
  Reload reload = Reload::none;
  HostIdentity host;
  std::string config;  ///< path of the config or fragment
  bool am_lighthouse = false;
  std::vector<KnownLighthouse> lighthouses{};  ///< as configured, without this host
  std::size_t blocked = 0;
  std::uint64_t revocations = 0;  ///< number of the list; 0: none
};

/// Installs into the directory, which the caller opened before it read what is to be installed: so
/// an older set cannot come after a newer one. In this order: the host's files belong together and
/// hold (code verification, "RULE: reason", of check_host_set()); the list of revocations is no
/// older than the installed one (verification); files in our places are ours and unedited, unless
/// forced (failed); the process to reload is Nebula (usage); the new set is written beside the old;
/// `nebula -test` accepts it; one rename puts it in force; SIGHUP; its effect is confirmed. Up to
/// the rename a failure leaves everything as it was; after it the previous set is put back and
/// Nebula reloaded.
[[nodiscard]] Result<InstallReport, Error> install(InstallDir dir, InstallRequest request,
                                                   Time now);

/// Whether this output of `nebula -version` is of 1.10 or later, or is not understood.
[[nodiscard]] bool knows_ipv6(std::string_view version_output);

}  // namespace jointca::nebula
