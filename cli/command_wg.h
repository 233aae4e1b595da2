// cli/command_wg.h — `jointca wg`: a host's WireGuard interface.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace jointca::cli {

struct WgInstallOptions {
  std::string dir;
  std::string interface;
  std::optional<std::uint16_t> listen_port;  ///< default: that of the host's endpoint
  std::optional<std::string> quick;          ///< only write a file for wg-quick
  bool json = false;
};

/// Exit 0: in step; 5: a file does not hold, and nothing was changed, or this host's own binding
/// holds no more, and it has no peers now; 1: the machine does not allow it, or a program failed.
int wg_install(const WgInstallOptions& options);

/// The host's own binding, every other one with why it is a peer or is none, and the interfaces.
int wg_show(const std::string& dir, bool json);

/// Undoes what wg_install() did to the interface.
int wg_remove(const std::string& dir, const std::string& interface, bool json);

}  // namespace jointca::cli
