// host/nebula.h — from a host's directory to a Nebula that uses it: for `jointca nebula install`,
// and for the agent after each renewal and each new list of revocations.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/files.h"
#include "nebula-adapter/install.h"

namespace jointca::host {

struct NebulaOptions {
  std::string to;                          ///< Nebula's
  std::vector<std::string> lighthouses{};  ///< "10.42.0.1=192.0.2.1:4242", beside lighthouses.json
  std::string tun{};                       ///< name of the interface; empty: Nebula chooses
  bool ipv4_lighthouses = false;           ///< some lighthouse runs Nebula before 1.10
  bool fragment = false;
  bool force = false;
  std::string program = "nebula";
  std::optional<std::string> pid_file{};  ///< none: no reload
  std::optional<std::string> log{};
};

struct NebulaInstalled {
  nebula::InstallReport report;
  std::vector<std::string> left_out;  ///< lighthouses of nebula/lighthouses.json, and why
};

/// Locks the directory that is installed to, then reads
/// nebula/{host.crt,host.key,lighthouses.json}, host.json, authority.json and revocations.json
/// below the host's directory, verifies lists and statements under the authority's keys and at
/// `now`, and installs: nebula::install(). The CA bundle is of the certificates that are valid
/// then; without authority.json it is nebula/ca.crt. Lists and host.json may be missing. Nothing is
/// written to the host's directory.
[[nodiscard]] Result<NebulaInstalled, Error> install_nebula(const Paths& paths,
                                                            const NebulaOptions& options, Time now);

}  // namespace jointca::host
