#include "ca/claims.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace jointca::ca {
namespace {

constexpr std::size_t network_text_max = 64;

/// Not an address of one machine that another one reaches: RFC 6890, and RFC 4291 section 2.4.
bool is_elsewhere(const IpAddress& address) {
  // Read once: every binding of a large overlay has an endpoint.
  static const std::array<Prefix, 8> here{
      *Prefix::parse("0.0.0.0/8"),      *Prefix::parse("127.0.0.0/8"),
      *Prefix::parse("169.254.0.0/16"), *Prefix::parse("224.0.0.0/3"),
      *Prefix::parse("::/127"),         *Prefix::parse("fe80::/10"),
      *Prefix::parse("ff00::/8"),       *Prefix::parse("::ffff:0:0/96")};
  return std::none_of(here.begin(), here.end(),
                      [&](const Prefix& prefix) { return prefix.contains(address); });
}

}  // namespace

Parsed<std::string> read_text(JsonObject& object, std::string_view name, std::size_t bytes_max) {
  JCA_ASSIGN(const auto value, object.required(name));
  return value.text(bytes_max);
}

Parsed<Digest> read_digest(JsonObject& object, std::string_view name) {
  JCA_ASSIGN(const auto value, object.required(name));
  JCA_ASSIGN(const auto text, value.text(64));
  const auto bytes = from_hex(text);
  const auto digest = bytes ? to_array<32>(*bytes) : std::nullopt;
  if (!digest) return value.fail("expected 32 bytes in hexadecimal");
  return *digest;
}

Parsed<Time> read_time(JsonObject& object, std::string_view name) {
  JCA_ASSIGN(const auto value, object.required(name));
  JCA_ASSIGN(const auto seconds, value.integer<std::int64_t>(0, unix_seconds_max));
  return time_from_unix(seconds);
}

Parsed<std::string> read_host_name(JsonObject& object, std::string_view name) {
  JCA_ASSIGN(const auto value, object.required(name));
  JCA_ASSIGN(auto text, value.text(host_name_bytes_max));
  if (!is_host_name(text)) return value.fail("not the name of a host");
  return text;
}

Parsed<std::vector<Prefix>> read_networks(JsonObject& object, std::string_view name) {
  JCA_ASSIGN(const auto value, object.required(name));
  JCA_ASSIGN(const auto elements, value.array(host_networks_max));
  if (elements.empty()) return value.fail("expected a network");
  std::vector<Prefix> networks;
  for (const JsonValue& element : elements) {
    JCA_ASSIGN(const auto text, element.text(network_text_max));
    const auto network = Prefix::parse(text);
    if (!network) return element.fail(network.error().reason);
    networks.push_back(*network);
  }
  return networks;
}

std::optional<IpAddress> endpoint_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view port_text = text.substr(colon + 1);
  std::uint16_t port = 0;
  const char* const port_end = port_text.data() + port_text.size();
  const auto [end, error] = std::from_chars(port_text.data(), port_end, port);
  if (error != std::errc() || end != port_end || port == 0 || port_text[0] == '0')
    return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  const auto address = IpAddress::parse(host);
  if (!address || address->is_v4() == bracketed || address->text() != host) return std::nullopt;
  return is_elsewhere(*address) ? std::optional(*address) : std::nullopt;
}

}  // namespace jointca::ca
