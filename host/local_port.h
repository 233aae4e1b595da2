// host/local_port.h — what the kernel says about ports and addresses of this machine.
#pragma once

#include "ca/network.h"

namespace jointca::host {

/// Whether MPyC could listen on the port now: it does so on all addresses.
[[nodiscard]] bool is_free(std::uint16_t port);

/// Whether the address is one of this machine: the kernel lets us have it.
[[nodiscard]] bool is_here(const ca::IpAddress& address);

}  // namespace jointca::host
