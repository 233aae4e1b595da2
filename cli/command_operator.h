// cli/command_operator.h — what an operator asks of the running party, over its administrative
// socket.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace jointca::cli {

struct InviteOptions {
  std::string dir;
  std::string name;
  std::vector<std::string> kinds{"nebula"};
  bool lighthouse = false;  ///< the host may become a lighthouse
  std::vector<std::string> groups;
  std::vector<std::string> addresses;
  std::string ttl = "24h";
  unsigned uses = 1;
  std::string expires = "1h";
  std::optional<std::string> out;
  bool force = false;
  bool json = false;
};
int invite(const InviteOptions& options);

int status(const std::string& dir, bool json);
int hosts(const std::string& dir, bool all, bool json);
int requests(const std::string& dir, bool all, bool json);
int approve(const std::string& dir, const std::string& id, bool json);
int deny(const std::string& dir, const std::string& id, const std::string& reason, bool json);
int revoke(const std::string& dir, const std::string& target, const std::string& reason, bool json);

}  // namespace jointca::cli
