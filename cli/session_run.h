// cli/session_run.h — `jointca session check`, `run` and `close`: a granted session, on this
// machine.
#pragma once

#include <string>
#include <vector>

namespace jointca::cli {

struct SessionCheckOptions {
  std::string grant;  ///< file of the granted session
  std::string dir;    ///< the host's
  std::string python = "python3";
  std::string wait = "1m";  ///< for the other members
  bool local = false;       ///< only what needs no other member
  bool allow_direct = false;
  bool json = false;
};
/// Prints how each member was met. Ends with the status of the first check that fails.
int session_check(const SessionCheckOptions& options);

struct SessionRunOptions {
  std::string grant;
  std::string dir;
  std::string python = "python3";
  std::string wait = "2m";
  std::string watch = "30s";        ///< between two looks at what is revoked
  std::vector<std::string> own{};   ///< this member's inputs
  std::vector<std::string> keep{};  ///< what the program makes
  bool allow_direct = false;
};
/// Runs the session's program; standard output is the program's.
int session_run(const SessionRunOptions& options);

struct SessionCloseOptions {
  std::string grant;
  std::string dir;
  bool json = false;
};
int session_close(const SessionCloseOptions& options);

}  // namespace jointca::cli
