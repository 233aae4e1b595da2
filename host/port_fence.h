// host/port_fence.h — MPyC's ports, closed to all but the overlay: MPyC listens on every address of
// a machine, and takes for a party whoever dials first. Rules of the kernel, through `nft`.
#pragma once

#include <string>

#include "base/error.h"
#include "mpyc-adapter/manifest.h"

namespace jointca::host {

/// The name of the table of a member, which holds nothing else.
[[nodiscard]] std::string fence_name(const mpyc::Manifest& manifest, std::size_t seat);

/// What `nft -f` reads: to the seat's port come only packets of the other seats' addresses over the
/// interface, and to the other seats' ports go packets only over it. The interface is meant as it
/// is now: another one of its name does not count.
[[nodiscard]] std::string fence_rules(const mpyc::Manifest& manifest, std::size_t seat,
                                      const std::string& interface);

/// All of it in one step; replaces the table if it is there.
[[nodiscard]] Result<Ok, Error> raise_fence(const std::string& rules);
/// Removes the table, if it is there.
[[nodiscard]] Result<Ok, Error> lower_fence(const std::string& name);

}  // namespace jointca::host
