// bench/overlays/tun.h — an interface in another network namespace, whose packets are read here.
#pragma once

#include "base/error.h"
#include "bench/overlays/spec.h"
#include "machine/descriptor.h"

namespace jointca::overlays {

/// Makes a TUN (IP packets, no header of its own) in the machine's namespace. It is gone when the
/// descriptor is closed. Reading does not block. Needs root; this thread's namespace stays.
[[nodiscard]] Result<machine::Descriptor, Error> open_tun(const Machine& machine);

}  // namespace jointca::overlays
