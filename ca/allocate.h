// ca/allocate.h — which addresses of an overlay a host may have, and the lowest free one.
#pragma once

#include <optional>
#include <set>

#include "ca/network.h"

namespace jointca::ca {

/// Whether a host may have `address` in `network`: inside it, not zero, not IPv4-mapped, not the
/// network's first address, and in IPv4 not its last (broadcast). Networks of one or two addresses
/// have neither of these (RFC 3021, RFC 6164).
[[nodiscard]] bool is_assignable(const Prefix& network, const IpAddress& address);

/// The lowest assignable address that is not in `used` and not below `from`, if any. Walks from
/// there to the first gap: to allocate many, pass the last one found as `from`.
[[nodiscard]] std::optional<IpAddress> lowest_free(const Prefix& network,
                                                   const std::set<IpAddress>& used,
                                                   std::optional<IpAddress> from = std::nullopt);

}  // namespace jointca::ca
