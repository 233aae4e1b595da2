// ca/preview.h — what a policy would say to an invitation before, or when, a host redeems it.
#pragma once

#include <optional>
#include <set>

#include "ca/approve.h"

namespace jointca::ca {

/// What is known of a proposal that nobody has made yet.
struct Foreseen {
  Voucher voucher;
  std::vector<Kind> kinds;
  std::optional<PublicKey> host_identity;    ///< nothing while only the invitation is known
  bool is_inviter_known = true;              ///< false if nobody told the name of voucher.inviter
  std::optional<Constraints> constraints{};  ///< nothing: whatever the authority may allow
  std::set<IpAddress> used{};                ///< addresses that are not free
};

struct Preview {
  /// The best that can come of it: by approve(), as if nothing had been logged or decided so far.
  Decision decision;
  /// Whether another host key, or another inviter, where they are not known, could get less.
  bool is_conditional = false;
};

/// Proposes what a coordinator would, the lowest free address of the first IPv4 and of the first
/// IPv6 network unless the invitation names others, and the whole lifetime; then decides on it.
[[nodiscard]] Preview preview(const Foreseen& foreseen, const Policy& policy, Time now);

}  // namespace jointca::ca
