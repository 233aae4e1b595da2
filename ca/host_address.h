// ca/host_address.h — which addresses a host may have in any overlay.
#pragma once

#include <optional>
#include <string>

#include "ca/network.h"

namespace jointca::ca {

/// The rule that an address breaks, and a sentence.
struct AddressFault {
  std::string rule;
  std::string reason;
};

/// "zero address", "4in6 address": not an address of anything that talks, host or network.
[[nodiscard]] std::optional<AddressFault> unusable(const Prefix& network);

/// Why no host may have this address with this prefix length: unusable(), or
///   "prefix"             no network has this length
///   "network address"    the first address of a network
///   "broadcast address"  the last one, in IPv4
/// The last two belong to hosts in networks of one or two addresses, RFC 3021 and RFC 6164.
[[nodiscard]] std::optional<AddressFault> not_a_hosts(const Prefix& network);

}  // namespace jointca::ca
