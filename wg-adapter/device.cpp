#include "wg-adapter/device.h"

#include <charconv>

#include "crypto/hash.h"

namespace jointca::wireguard {
namespace {

/// Cuts at the next separator, or takes all.
std::string_view take(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view head = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return head;
}

std::vector<std::string_view> fields_of(std::string_view line) {
  std::vector<std::string_view> fields;
  do fields.push_back(take(line, '\t'));
  while (!line.empty() && fields.size() < 16);
  return fields;
}

Parsed<Digest> parse_key(std::string_view text) {
  const auto bytes = from_base64(text);
  const auto key = bytes ? to_array<32>(*bytes) : std::nullopt;
  if (!key) return malformed("", "expected a key");
  return *key;
}

/// A number, or `word` for 0.
template <class Integer>
Parsed<Integer> parse_number(std::string_view text, std::string_view word) {
  Integer value = 0;
  if (text == word) return value;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    return malformed("", "expected a number");
  return value;
}

Parsed<Device> parse_interface(std::string_view line) {
  const auto fields = fields_of(line);
  if (fields.size() != 4) return malformed("", "expected 4 fields of an interface");
  Device device;
  if (fields[1] != "(none)") {
    JCA_ASSIGN(device.public_key, parse_key(fields[1]));
  }
  JCA_ASSIGN(device.listen_port, parse_number<std::uint16_t>(fields[2], "(none)"));
  return device;
}

Parsed<Peer> parse_peer(std::string_view line) {
  const auto fields = fields_of(line);
  if (fields.size() != 8) return malformed("", "expected 8 fields of a peer");
  Peer peer;
  JCA_ASSIGN(peer.public_key, parse_key(fields[0]));
  if (fields[2] != "(none)") peer.endpoint = fields[2];
  for (std::string_view rest = fields[3] == "(none)" ? "" : fields[3]; !rest.empty();) {
    JCA_ASSIGN(const auto allowed, ca::Prefix::parse(take(rest, ',')));
    peer.allowed_ips.push_back(allowed);
  }
  std::sort(peer.allowed_ips.begin(), peer.allowed_ips.end());
  JCA_ASSIGN(peer.latest_handshake, parse_number<std::int64_t>(fields[4], "0"));
  JCA_ASSIGN(peer.keepalive, parse_number<std::uint16_t>(fields[7], "off"));
  return peer;
}

}  // namespace

Parsed<Device> parse_dump(std::string_view dump) {
  if (dump.size() > dump_bytes_max) return malformed("dump", "too long");
  std::size_t line = 1;
  const auto at_line = [&](const ParseError& error) {
    return malformed("line " + std::to_string(line), error.reason);
  };
  auto device = parse_interface(take(dump, '\n'));
  if (!device) return at_line(device.error());
  while (!dump.empty()) {
    ++line;
    auto peer = parse_peer(take(dump, '\n'));
    if (!peer) return at_line(peer.error());
    if (device->peers.size() == device_peers_max)
      return malformed("dump", "more than " + std::to_string(device_peers_max) + " peers");
    device->peers.push_back(*std::move(peer));
  }
  std::sort(device->peers.begin(), device->peers.end(),
            [](const Peer& a, const Peer& b) { return a.public_key < b.public_key; });
  return device;
}

Digest settings_digest(const Device& device) {
  Sha256 hash;
  hash.update(as_bytes("jointca/wireguard-device/v1\n"));
  hash.update(as_bytes(device.public_key ? to_hex(*device.public_key) : "-"));
  hash.update(as_bytes(" " + std::to_string(device.listen_port) + "\n"));
  for (const Peer& peer : device.peers) {
    std::string line = to_hex(peer.public_key) + " " + std::to_string(peer.keepalive);
    for (const ca::Prefix& allowed : peer.allowed_ips) line += " " + allowed.text();
    hash.update(as_bytes(line + "\n"));
  }
  return hash.finish();
}

bool is_interface_name(std::string_view name) {
  const auto alphanumeric = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  return !name.empty() && name.size() <= 15 && alphanumeric(name.front()) &&
         std::all_of(name.begin(), name.end(), [&](char c) {
           return alphanumeric(c) || std::string_view("_=+.-").find(c) != std::string_view::npos;
         });
}

}  // namespace jointca::wireguard
