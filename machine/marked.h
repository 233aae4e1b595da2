// machine/marked.h — processes that have a variable in their environment, as they were started: all
// that came of one program, whoever their parents are now.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/error.h"

namespace jointca::machine {

/// Their ids. Those that this process may not look into are not found, nor is one that replaced its
/// environment.
[[nodiscard]] std::vector<int> processes_with(const std::string& variable);

/// Kills them until there is none. Fails if there still is one after `timeout`.
[[nodiscard]] Result<Ok, Error> end_processes_with(const std::string& variable,
                                                   std::chrono::milliseconds timeout);

}  // namespace jointca::machine
