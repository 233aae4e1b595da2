// bench/overlays/packet.h — where an IP packet wants to go.
#pragma once

#include <optional>

#include "ca/network.h"

namespace jointca::overlays {

/// The destination of an IPv4 (RFC 791 §3.1) or IPv6 (RFC 8200 §3) packet, if it has a whole header
/// of a version. Nothing else of it is looked at.
[[nodiscard]] std::optional<ca::IpAddress> destination(BytesView packet);

}  // namespace jointca::overlays
