// nebula-adapter/config.h — the text of a host's config.yml, or of the one file that we own in a
// configuration directory.
//
// Options: github.com/slackhq/nebula v1.11.0, examples/config.yml; all of them mean the same to
// 1.6.1. Every text is quoted, so that no name or path can become another YAML value.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "ca/network.h"

namespace jointca::nebula {

inline constexpr std::size_t lighthouses_max = 64;

/// A host that tells the others where hosts are.
struct KnownLighthouse {
  std::string name;                      ///< may be empty; only for messages
  std::vector<ca::IpAddress> addresses;  ///< in the overlay, at least one
  std::vector<std::string> endpoints;    ///< "192.0.2.1:4242", "[2001:db8::1]:4242"; at least one

  bool operator==(const KnownLighthouse&) const = default;
};

/// Absolute paths; they stay the same when their files are replaced, because Nebula reads these
/// again on SIGHUP.
struct PkiPaths {
  std::string ca;
  std::string certificate;
  std::string key;
};

/// At which of their overlay addresses a host asks its lighthouses: docs/decisions/
/// 0013-lighthouses-by-ipv6.md.
enum class Asks : std::uint8_t { nobody = 0, ipv4 = 4, ipv6 = 6 };

/// What a reload cannot change: Nebula takes these when it starts.
struct StartOptions {
  bool am_lighthouse = false;
  std::string listen_host = "0.0.0.0";  ///< or "::", for both IP versions
  std::uint16_t listen_port = 0;        ///< 0: any free one
  std::string tun_device;               ///< empty: Nebula chooses
  Asks asks = Asks::nobody;             ///< asks_of(); the text does not depend on it

  bool operator==(const StartOptions&) const = default;
};

struct HostConfig {
  PkiPaths pki;
  std::vector<Digest> blocklist;  ///< fingerprints
  std::vector<KnownLighthouse>
      lighthouses{};                  ///< the others; those that a lighthouse itself asks: none
  std::vector<std::string> groups{};  ///< of this host: who shares one may connect
  StartOptions start{};
};

/// A double-quoted YAML scalar (YAML 1.2 §7.3.1), the same value for every reader: control
/// characters, '"' and '\' are escaped; other bytes, UTF-8, stand as they are.
[[nodiscard]] std::string yaml_quoted(std::string_view text);

/// ipv6 if a host that is no lighthouse knows one with an IPv6 address.
[[nodiscard]] Asks asks_of(const std::vector<KnownLighthouse>& lighthouses, bool am_lighthouse);

/// A whole configuration: pki, static_host_map, lighthouse, listen, punchy, tun, firewall.
/// Outbound everything; inbound ICMP from everyone, and everything from hosts that share a group
/// with this one. A group called "any" is left out, because Nebula reads it as everyone. A host
/// that asks a lighthouse names it by its IPv6 address alone, if it has one.
[[nodiscard]] std::string config_text(const HostConfig& config);

/// Only `pki:`, for a configuration directory whose other files belong to the operator.
[[nodiscard]] std::string fragment_text(const PkiPaths& pki, const std::vector<Digest>& blocklist);

/// An interface name as Linux takes it: 1..15 letters, digits, '-', '_' and '.', not "." or "..".
[[nodiscard]] bool is_tun_device(std::string_view name);

}  // namespace jointca::nebula
