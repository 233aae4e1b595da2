// wg-adapter/config.h — the texts that `wg` and `wg-quick` read, and private key files. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "crypto/x25519.h"
#include "wg-adapter/select.h"

namespace jointca::wireguard {

/// Peers for `wg addconf`, which replaces the allowed IPs of each and leaves other peers alone.
[[nodiscard]] std::string peers_text(const std::vector<PeerSettings>& peers);

/// The first line of a wg-quick file that we wrote, and may write again.
inline constexpr std::string_view quick_mark = "# Written by jointca; a new one replaces it.\n";

/// A whole file for `wg-quick up`, private key included.
[[nodiscard]] SecretBytes quick_text(const X25519Key& key, const Binding& own,
                                     std::optional<std::uint16_t> listen_port,
                                     const std::vector<PeerSettings>& peers);

/// The port of a well-formed endpoint; nothing for an empty one.
[[nodiscard]] std::optional<std::uint16_t> port_of(std::string_view endpoint);

/// As `wg genkey` writes it: base64 and a newline.
[[nodiscard]] SecretBytes encode_private_key(const X25519Key& key);
/// Accepts that, with or without the newline.
[[nodiscard]] Parsed<X25519Key> parse_private_key(BytesView text);

}  // namespace jointca::wireguard
