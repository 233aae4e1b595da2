// cli/flags.h — options that many commands have.
#pragma once

#include <CLI/CLI.hpp>

namespace jointca::cli {

inline void json_flag(CLI::App* command, bool& json) {
  command->add_flag("--json", json, "one JSON document on standard output");
}

}  // namespace jointca::cli
