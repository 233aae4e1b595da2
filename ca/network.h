// ca/network.h — IP addresses and prefixes of the overlay.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/error.h"

namespace jointca::ca {

/// An IPv4 or IPv6 address without a zone. Ordered as Go's netip.Addr: IPv4 before IPv6, then by
/// value. An IPv4-mapped IPv6 address stays IPv6.
class IpAddress {
 public:
  /// Dotted quad, or RFC 4291 text.
  static Parsed<IpAddress> parse(std::string_view text);
  /// 4 or 16 bytes in network order; anything else is nothing.
  static std::optional<IpAddress> from_bytes(BytesView bytes);

  [[nodiscard]] bool is_v4() const { return size_ == 4; }
  /// 4 or 16 bytes in network order.
  [[nodiscard]] BytesView bytes() const { return BytesView(bytes_).first(size_); }
  [[nodiscard]] unsigned bits() const { return size_ * 8U; }
  [[nodiscard]] bool is_zero() const;
  [[nodiscard]] bool is_v4_in_v6() const;
  /// RFC 5952 text.
  [[nodiscard]] std::string text() const;
  /// This address plus one; wraps to zero.
  [[nodiscard]] IpAddress next() const;

  std::strong_ordering operator<=>(const IpAddress& other) const;
  bool operator==(const IpAddress& other) const = default;

 private:
  friend struct Prefix;
  std::uint8_t size_ = 4;
  std::array<std::uint8_t, 16> bytes_{};  // unused bytes stay zero
};

/// An address and a prefix length, as in 10.42.0.7/16. Host bits are kept.
/// Ordered by address, then by length, as nebula-cert sorts.
struct Prefix {
  IpAddress address;
  std::uint8_t bits = 0;

  static Parsed<Prefix> parse(std::string_view text);
  [[nodiscard]] std::string text() const;
  /// The same prefix with the host bits cleared.
  [[nodiscard]] Prefix masked() const;
  [[nodiscard]] bool contains(const IpAddress& other) const;

  std::strong_ordering operator<=>(const Prefix&) const = default;
};

}  // namespace jointca::ca
