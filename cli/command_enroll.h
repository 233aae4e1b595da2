// cli/command_enroll.h — `jointca enroll host` and `jointca renew`: one machine joins with one
// command, and stays.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace jointca::cli {

struct EnrollOptions {
  std::string invitation;  ///< the token itself, a file that holds it, or "-"
  std::string dir;
  /// "ADDR:PORT" for every overlay, or "nebula=ADDR:PORT", "wireguard=ADDR:PORT".
  std::vector<std::string> endpoints;
  std::optional<std::string> nebula_key;  ///< file of a private key made elsewhere
  std::string nebula_pub;                 ///< refused, with the reason
  bool lighthouse = false;
  std::string timeout = "10m";  ///< for operators who have to decide
  bool force = false;           ///< enrol anew over existing certificates
  bool json = false;
};

/// host::enroll(), and what came of it.
int enroll_host(const EnrollOptions& options);

struct RenewOptions {
  std::string dir;
  bool rekey = false;
  std::string timeout = "10m";  ///< for operators who have to decide
  bool json = false;
};

/// host::renew(), and what came of it.
int renew(const RenewOptions& options);

}  // namespace jointca::cli
