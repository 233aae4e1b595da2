// bench/overlays/packet.cpp — where an IP packet wants to go.
#include "bench/overlays/packet.h"

namespace jointca::overlays {

std::optional<ca::IpAddress> destination(BytesView packet) {
  if (packet.empty()) return std::nullopt;
  const unsigned version = packet[0] >> 4U;
  if (version == 4 && packet.size() >= 20) return ca::IpAddress::from_bytes(packet.subspan(16, 4));
  if (version == 6 && packet.size() >= 40) return ca::IpAddress::from_bytes(packet.subspan(24, 16));
  return std::nullopt;
}

}  // namespace jointca::overlays
