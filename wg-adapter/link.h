// wg-adapter/link.h — the one interface on this machine: looked at through the kernel, changed
// through `ip`, `wg` and `wireguard-go`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "wg-adapter/device.h"
#include "wg-adapter/state.h"

namespace jointca::wireguard {

/// Whether this process may change networks and has `wg` and `ip`. The error says what to do.
[[nodiscard]] Result<Ok, Error> check_able();

struct Link {
  unsigned index = 0;  ///< 0: there is no interface of this name
  bool up = false;
  std::vector<ca::Prefix> addresses;
};
/// Runs no program.
[[nodiscard]] Result<Link, Error> look_at(const std::string& interface);

/// Which interface of the name this is.
[[nodiscard]] Result<Incarnation, Error> incarnation_of(const Link& link);

/// Runs `wg show`. Fails if the interface is not a WireGuard one.
[[nodiscard]] Result<Device, Error> read_device(const std::string& interface);

/// In the kernel, or by `wireguard-go` where the kernel has no WireGuard. Gives "kernel" or
/// "wireguard-go".
[[nodiscard]] Result<std::string, Error> make_interface(const std::string& interface);
/// And waits until wireguard-go, if that made it, is gone.
[[nodiscard]] Result<Ok, Error> delete_interface(const std::string& interface);

[[nodiscard]] Result<Ok, Error> add_address(const std::string& interface,
                                            const ca::Prefix& address);
[[nodiscard]] Result<Ok, Error> remove_address(const std::string& interface,
                                               const ca::Prefix& address);
[[nodiscard]] Result<Ok, Error> set_up(const std::string& interface, bool up);

/// The private key is read by `wg` from the file; an empty path takes the key away.
[[nodiscard]] Result<Ok, Error> set_key(const std::string& interface, const std::string& key_path);
[[nodiscard]] Result<Ok, Error> set_listen_port(const std::string& interface, std::uint16_t port);

[[nodiscard]] Result<Ok, Error> add_or_change(const std::string& interface,
                                              const std::vector<PeerSettings>& peers);
[[nodiscard]] Result<Ok, Error> remove_peers(const std::string& interface,
                                             const std::vector<Digest>& keys);

}  // namespace jointca::wireguard
