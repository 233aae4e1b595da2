#include "ca/allocate.h"

#include <algorithm>

namespace jointca::ca {
namespace {

/// The highest address of the network: every host bit set.
IpAddress last_address(const Prefix& network) {
  Bytes bytes = to_bytes(network.masked().address.bytes());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::size_t first = i * 8;
    const std::size_t kept =
        network.bits <= first ? 0 : std::min<std::size_t>(8, network.bits - first);
    bytes[i] = static_cast<std::uint8_t>(bytes[i] | (0xffU >> kept));
  }
  return *IpAddress::from_bytes(bytes);
}

}  // namespace

bool is_assignable(const Prefix& network, const IpAddress& address) {
  if (!network.contains(address) || address.is_zero() || address.is_v4_in_v6()) return false;
  if (network.bits + 1U >= address.bits()) return true;
  return address != network.masked().address &&
         !(address.is_v4() && address == last_address(network));
}

std::optional<IpAddress> lowest_free(const Prefix& network, const std::set<IpAddress>& used,
                                     std::optional<IpAddress> from) {
  const IpAddress last = last_address(network);
  IpAddress candidate = network.masked().address;
  if (from && *from > candidate) candidate = *from;
  auto taken = used.lower_bound(candidate);
  // At most the first and the last address of a network, and its IPv4-mapped part, are free but
  // not assignable; no overlay lies in ::ffff:0:0/96, so the walk is short.
  while (candidate <= last) {
    const bool is_taken = taken != used.end() && *taken == candidate;
    if (!is_taken && is_assignable(network, candidate)) return candidate;
    if (is_taken) ++taken;
    if (candidate == last || candidate.is_v4_in_v6()) return std::nullopt;
    candidate = candidate.next();
  }
  return std::nullopt;
}

}  // namespace jointca::ca
