// cli/command_nebula.h — `jointca nebula install`: a host's files for Nebula, put to use.
#pragma once

#include "host/nebula.h"

namespace jointca::cli {

struct NebulaCommandOptions {
  std::string dir;  ///< the host's
  host::NebulaOptions install;
  bool no_reload = false;  ///< said on purpose: no hint about --pid-file
  bool json = false;
};

/// Installs and prints what was done, and whether Nebula has to be started again.
int nebula_install(const NebulaCommandOptions& options, Time now);

}  // namespace jointca::cli
