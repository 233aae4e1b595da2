// transport/endpoint.cpp — parse and text of an endpoint, side by side.
#include "transport/endpoint.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <arpa/inet.h>

namespace jointca::transport {
namespace {

constexpr std::size_t host_bytes_max = 253;  // RFC 1035 §2.3.4, as text
constexpr std::size_t label_bytes_max = 63;

Parsed<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0 || text[0] == '0')
    return malformed("port", "expected a number from 1 to 65535");
  return port;
}

/// The canonical text of an address of `family`, or nothing.
std::optional<std::string> canonical(int family, const std::string& text) {
  std::array<std::uint8_t, sizeof(in6_addr)> raw{};
  std::array<char, INET6_ADDRSTRLEN> out{};
  if (inet_pton(family, text.c_str(), raw.data()) != 1) return std::nullopt;
  if (!inet_ntop(family, raw.data(), out.data(), out.size())) return std::nullopt;
  return std::string(out.data());
}

bool is_label(std::string_view label) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  return !label.empty() && label.size() <= label_bytes_max && label.front() != '-' &&
         label.back() != '-' && std::all_of(label.begin(), label.end(), is_letter);
}

Parsed<std::string> parse_name(std::string_view text) {
  if (text.empty() || text.size() > host_bytes_max)
    return malformed("host", "expected 1 to 253 characters");
  std::string name(text);
  for (char& c : name)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');

  std::string_view rest = name;
  std::string_view label;
  do {
    const auto dot = std::min(rest.find('.'), rest.size());
    label = rest.substr(0, dot);
    if (!is_label(label)) return malformed("host", "expected an address or a host name");
    rest.remove_prefix(dot);
    if (rest == ".") return malformed("host", "ends in a dot");
    if (!rest.empty()) rest.remove_prefix(1);
  } while (!rest.empty());

  // RFC 1123 §2.1: a name whose last label is a number is an address, and here not a valid one.
  if (label.find_first_not_of("0123456789") == std::string_view::npos)
    return malformed("host", "is not an IPv4 address");
  return name;
}

}  // namespace

Parsed<Endpoint> Endpoint::parse(std::string_view text) {
  if (text.size() > host_bytes_max + sizeof("[]:65535")) return malformed("", "too long");
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return malformed("", "expected ADDRESS:PORT");
  const std::string_view host = text.substr(0, colon);
  JCA_ASSIGN(const std::uint16_t port, parse_port(text.substr(colon + 1)));

  if (host.starts_with('[') && host.ends_with(']')) {
    const auto address = canonical(AF_INET6, std::string(host.substr(1, host.size() - 2)));
    if (!address) return malformed("host", "is not an IPv6 address");
    return Endpoint{*address, port};
  }
  if (host.find(':') != std::string_view::npos)
    return malformed("host", "an IPv6 address needs brackets: [2001:db8::1]:7443");
  if (const auto address = canonical(AF_INET, std::string(host))) return Endpoint{*address, port};
  JCA_ASSIGN(std::string name, parse_name(host));
  return Endpoint{std::move(name), port};
}

std::string Endpoint::text() const {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

}  // namespace jointca::transport
