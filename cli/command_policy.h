// cli/command_policy.h — `jointca policy check`: what a policy says, in general and to one request.
#pragma once

#include <optional>
#include <string>

namespace jointca::cli {

struct PolicyCheckOptions {
  std::string file;
  std::optional<std::string> request;    ///< an invitation or its file, or a host's enroll.request
  std::optional<std::string> authority;  ///< authority.json
  bool json = false;
};

/// Whether the file is well-formed, and what it says. With a request, what it says to that: exit 0
/// if it approves or asks, 3 if it refuses.
int policy_check(const PolicyCheckOptions& options);

}  // namespace jointca::cli
