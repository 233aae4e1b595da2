// host/wireguard.h — a host's WireGuard files, verified again, and its interfaces kept in step
// with them: for `jointca wg` and the agent.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "crypto/x25519.h"
#include "host/files.h"
#include "wg-adapter/install.h"
#include "wg-adapter/open_all.h"

namespace jointca::host {

/// Of the files in DIR/wireguard that tell what was done to an interface.
inline constexpr std::string_view interface_suffix = ".interface.json";
[[nodiscard]] std::string interface_path(const Paths& paths, const std::string& interface);

/// What the files say. Everything in it was verified under the authority's keys.
struct WireguardHost {
  X25519Key key;
  wireguard::Opened own;             ///< a binding of that key; the time is not checked
  wireguard::OpenedAll bindings;     ///< of all hosts
  std::set<Digest> revoked;          ///< fingerprints
  std::uint64_t revocations_number;  ///< 0: there is no list
  /// When the list of revocations is to be replaced; Time::max() without one.
  Time revocations_until;
  std::vector<std::string> warnings;  ///< of the list: that there is none, or that it is old
};

/// Reads authority.json, wireguard/{private.key,binding.jws,bindings.json} and revocations.json
/// below the host's directory. Fails with `verification` if the host's own binding or the list of
/// revocations is not signed, is another authority's, or the key is not the binding's. Bindings of
/// others that do not hold are only left out.
[[nodiscard]] Result<WireguardHost, Error> open_wireguard_host(const Paths& paths, Time now);

/// Which bindings become peers at `now`, and when that changes, the list of revocations included.
[[nodiscard]] wireguard::Selection select_peers(const WireguardHost& host, Time now);

/// Brings an interface in step with the files: what `jointca wg install` does, and the agent at
/// each tick. Fails before anything is changed if it may not change networks, a program is missing,
/// a file does not hold, or the list of revocations is older than one that was used before. When
/// files, interface and the bindings' times are as after the last run, nothing is verified again.
[[nodiscard]] Result<wireguard::Report, Error> install_wireguard(
    const Paths& paths, const std::string& interface, std::optional<std::uint16_t> listen_port,
    Time now);

}  // namespace jointca::host
