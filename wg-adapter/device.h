// wg-adapter/device.h — what an interface has, as `wg show IF dump` tells it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "ca/network.h"

namespace jointca::wireguard {

inline constexpr std::size_t device_peers_max = 100'000;
inline constexpr std::size_t dump_bytes_max = std::size_t{64} << 20;

struct Peer {
  Digest public_key{};
  std::string endpoint;                 ///< where it was last heard or was set to; or empty
  std::vector<ca::Prefix> allowed_ips;  ///< ascending
  std::uint16_t keepalive = 0;          ///< seconds; 0: off
  std::int64_t latest_handshake = 0;    ///< unix seconds; 0: never

  bool operator==(const Peer&) const = default;
};

struct Device {
  std::optional<Digest> public_key;  ///< nothing: it has no private key yet
  std::uint16_t listen_port = 0;
  std::vector<Peer> peers;  ///< by public key

  bool operator==(const Device&) const = default;
};

/// Reads the dump of one interface. The private key in it is skipped.
[[nodiscard]] Parsed<Device> parse_dump(std::string_view dump);

/// SHA-256 over all that does not change by itself: not endpoints, which roam, nor handshakes.
[[nodiscard]] Digest settings_digest(const Device& device);

/// 1 to 15 letters, digits and "_=+.-", the first a letter or digit: what the kernel and wg-quick
/// both take, and what is a file name.
[[nodiscard]] bool is_interface_name(std::string_view name);

}  // namespace jointca::wireguard
