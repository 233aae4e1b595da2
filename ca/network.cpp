#include "ca/network.h"

#include <charconv>

#include <arpa/inet.h>

namespace jointca::ca {
namespace {

constexpr std::size_t address_text_max = 64;

}  // namespace

Parsed<IpAddress> IpAddress::parse(std::string_view text) {
  const std::string terminated(text.substr(0, address_text_max));
  IpAddress out;
  if (inet_pton(AF_INET, terminated.c_str(), out.bytes_.data()) == 1) return out;
  out.size_ = 16;
  if (inet_pton(AF_INET6, terminated.c_str(), out.bytes_.data()) == 1) return out;
  return malformed("", "expected an IP address");
}

std::optional<IpAddress> IpAddress::from_bytes(BytesView bytes) {
  if (bytes.size() != 4 && bytes.size() != 16) return std::nullopt;
  IpAddress out;
  out.size_ = static_cast<std::uint8_t>(bytes.size());
  std::copy(bytes.begin(), bytes.end(), out.bytes_.begin());
  return out;
}

bool IpAddress::is_zero() const {
  return std::all_of(bytes_.begin(), bytes_.end(), [](std::uint8_t byte) { return byte == 0; });
}

bool IpAddress::is_v4_in_v6() const {
  constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return size_ == 16 && std::equal(mapped.begin(), mapped.end(), bytes_.begin());
}

std::string IpAddress::text() const {
  std::array<char, INET6_ADDRSTRLEN> out{};
  inet_ntop(is_v4() ? AF_INET : AF_INET6, bytes_.data(), out.data(), out.size());
  return out.data();
}

IpAddress IpAddress::next() const {
  IpAddress out = *this;
  for (std::size_t i = size_; i > 0; --i)
    if (++out.bytes_[i - 1] != 0) break;
  return out;
}

std::strong_ordering IpAddress::operator<=>(const IpAddress& other) const {
  if (const auto order = size_ <=> other.size_; order != 0) return order;
  return bytes_ <=> other.bytes_;
}

Parsed<Prefix> Prefix::parse(std::string_view text) {
  const auto wrong = [] { return malformed("", "expected a network like 10.42.0.0/16"); };
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return wrong();
  const auto address = IpAddress::parse(text.substr(0, slash));
  const std::string_view length = text.substr(slash + 1);
  unsigned bits = 0;
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bits);
  const bool padded = length.size() > 1 && length[0] == '0';
  if (!address || error != std::errc{} || end != length.data() + length.size() || padded ||
      bits > address->bits())
    return wrong();
  return Prefix{*address, static_cast<std::uint8_t>(bits)};
}

std::string Prefix::text() const { return address.text() + "/" + std::to_string(bits); }

Prefix Prefix::masked() const {
  Prefix out = *this;
  for (std::size_t i = 0; i < address.size_; ++i) {
    const std::size_t first = i * 8;
    const std::size_t kept = bits <= first ? 0 : std::min<std::size_t>(8, bits - first);
    out.address.bytes_[i] = static_cast<std::uint8_t>(address.bytes_[i] & (0xff00U >> kept));
  }
  return out;
}

bool Prefix::contains(const IpAddress& other) const {
  return other.is_v4() == address.is_v4() && Prefix{other, bits}.masked() == masked();
}

}  // namespace jointca::ca
