// cli/host_commands.h — the commands of a host, for the table in main.cpp.
#pragma once

#include <CLI/CLI.hpp>

namespace jointca::cli {

/// enroll, renew, agent, nebula, wg. `status` is what the one that runs ends with.
void add_host_commands(CLI::App& app, int& status);

}  // namespace jointca::cli
