// host/overlay.h — whether the overlay of a session is up on this machine, and leads to all
// members.
#pragma once

#include "host/files.h"
#include "host/meeting.h"

namespace jointca::host {

struct Overlay {
  std::string interface {};  ///< that has the seat's address; empty on the channels tls and direct
  std::optional<Problem> problem{};
};

/// Nebula: the interface is a TUN that a process of that name holds, and the host's certificate is
/// valid now and has the seat's address. WireGuard: the interface has this host's key, and
/// every member is a peer with its address among the allowed IPs. Both: the way to each member
/// leads through it. The seat's address is one of this machine.
[[nodiscard]] Result<Overlay, Error> look_at_overlay(const Paths& paths,
                                                     const mpyc::Manifest& manifest,
                                                     std::size_t seat, Time now);

}  // namespace jointca::host
