// cli/session_commands.h — the commands about sessions of MPyC, for the table in main.cpp.
#pragma once

#include <CLI/CLI.hpp>

namespace jointca::cli {

/// session new, review, sign, grant, check, run, close. `status` is what the one that runs ends
/// with.
void add_session_commands(CLI::App& app, int& status);

}  // namespace jointca::cli
