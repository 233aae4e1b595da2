// transport/endpoint.h — where a party listens: an address or a host name, and a port.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace jointca::transport {

/// "192.0.2.1:7443", "[2001:db8::1]:7443" or "ca.example.org:7443".
struct Endpoint {
  std::string host;        ///< without brackets; IPv6 in its RFC 5952 form, names in lower case
  std::uint16_t port = 0;  ///< 0, made in code only, asks listen() for any free port

  /// Accepts ports 1 … 65535 without leading zeros, no zone identifiers, names of at most 253
  /// letters, digits, '-' and '.'. Does not resolve names.
  [[nodiscard]] static Parsed<Endpoint> parse(std::string_view text);
  [[nodiscard]] std::string text() const;

  auto operator<=>(const Endpoint&) const = default;
};

}  // namespace jointca::transport
