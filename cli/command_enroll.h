// cli/command_enroll.h — `jointca enroll host`: one machine joins with one command.
#pragma once

#include <optional>
#include <string>

namespace jointca::cli {

struct EnrollOptions {
  std::string invitation;  ///< the token itself, a file that holds it, or "-"
  std::string dir;
  std::string endpoint;                   ///< where other hosts reach this one, or empty
  std::optional<std::string> nebula_key;  ///< file of a private key made elsewhere
  std::string nebula_pub;                 ///< refused, with the reason
  bool lighthouse = false;
  std::string timeout = "10m";  ///< for operators who have to decide
  bool force = false;           ///< enrol anew over existing certificates
  bool json = false;
};

/// Makes the keys, asks the parties, checks the answer and writes everything below DIR. A run that
/// was interrupted or refused for now is repeated with the same keys and the same request.
int enroll_host(const EnrollOptions& options);

}  // namespace jointca::cli
