// cli/command_agent.h — `jointca agent`: what keeps a host a member; and `jointca status --host`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace jointca::cli {

struct AgentOptions {
  std::string dir;
  bool once = false;                   ///< one tick, for cron
  std::string interval = "60s";        ///< between the end of a tick and the next
  std::optional<std::string> metrics;  ///< file for Prometheus; default: DIR/metrics.prom
  /// Nebula's directory; nothing: jointca does not install for Nebula.
  std::optional<std::string> nebula;
  std::optional<std::string> nebula_pid_file;  ///< nothing: Nebula is not told
  std::optional<std::string> nebula_log;
  std::string nebula_program = "nebula";
  std::string tun;
  bool nebula_ipv4_lighthouses = false;
  bool nebula_fragment = false;
  /// The interface; nothing: jointca does not install for WireGuard.
  std::optional<std::string> wireguard;
  std::optional<std::uint16_t> listen_port;
};

/// Ticks until it is ended by a signal; with `once` it exits with 0 if everything that was due was
/// done, and else with the status of what failed first: 3 refused, 4 too few parties, 5 something
/// does not hold, 1 this machine.
int agent(const AgentOptions& options);

/// What the agent wrote last, with what has become of it since.
int host_status(const std::string& dir, bool json);

}  // namespace jointca::cli
