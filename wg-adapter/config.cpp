#include "wg-adapter/config.h"

#include <charconv>

namespace jointca::wireguard {
namespace {

void append(Bytes& out, std::string_view text) { out.insert(out.end(), text.begin(), text.end()); }

/// `out` has room for it, so that no reallocation leaves a copy.
void append_key(Bytes& out, const X25519Key& key) {
  std::string text = to_base64(key.secret().expose());
  append(out, text);
  wipe(text);
}

}  // namespace

std::string peers_text(const std::vector<PeerSettings>& peers) {
  std::string out;
  for (const PeerSettings& peer : peers) {
    out += "[Peer]\n# " + peer.name + "\nPublicKey = " + to_base64(peer.public_key) + "\n";
    out += "AllowedIPs = ";
    for (std::size_t i = 0; i < peer.allowed_ips.size(); ++i)
      out += (i == 0 ? "" : ", ") + peer.allowed_ips[i].text();
    out += "\n";
    if (!peer.endpoint.empty()) out += "Endpoint = " + peer.endpoint + "\n";
    out += "PersistentKeepalive = " + std::to_string(peer.keepalive) + "\n";
  }
  return out;
}

SecretBytes quick_text(const X25519Key& key, const Binding& own,
                       std::optional<std::uint16_t> listen_port,
                       const std::vector<PeerSettings>& peers) {
  const std::string peer_lines = peers_text(peers);
  std::string address_lines;
  for (const ca::Prefix& network : own.networks)
    address_lines += "Address = " + network.text() + "\n";
  if (listen_port) address_lines += "ListenPort = " + std::to_string(*listen_port) + "\n";
  Bytes out;
  out.reserve(quick_mark.size() + address_lines.size() + peer_lines.size() + 256);
  append(out, quick_mark);
  append(out, "[Interface]\nPrivateKey = ");
  append_key(out, key);
  append(out, "\n" + address_lines + peer_lines);
  return SecretBytes(std::move(out));
}

std::optional<std::uint16_t> port_of(std::string_view endpoint) {
  const std::size_t colon = endpoint.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view text = endpoint.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return port;
}

SecretBytes encode_private_key(const X25519Key& key) {
  Bytes out;
  out.reserve(64);
  append_key(out, key);
  out.push_back('\n');
  return SecretBytes(std::move(out));
}

Parsed<X25519Key> parse_private_key(BytesView text) {
  if (!text.empty() && text.back() == '\n') text = text.first(text.size() - 1);
  if (text.size() != 44) return malformed("", "not a private key in base64");
  std::string copy = to_text(text);
  auto bytes = from_base64(copy);
  wipe(copy);
  if (!bytes || bytes->size() != 32) return malformed("", "not a private key in base64");
  const SecretBytes secret(*std::move(bytes));
  return X25519Key(Secret<32>::make([&](std::span<std::uint8_t, 32> out) {
    std::copy(secret.expose().begin(), secret.expose().end(), out.begin());
  }));
}

}  // namespace jointca::wireguard
