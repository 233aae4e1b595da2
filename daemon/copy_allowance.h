// daemon/copy_allowance.h — how much of another party's log is copied: its owner can make it as
// long as it likes.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/time.h"
#include "threshold/party.h"

namespace jointca::daemon {

/// Of each log, in so long a time, beginning with the first entry. A restart begins anew: so an
/// operator can let a party catch up that was away for years.
inline constexpr std::uint64_t copied_bytes_max = std::uint64_t{2} << 30;
inline constexpr Duration copied_period{86'400};

class CopyAllowance {
 public:
  static constexpr std::string_view exceeded =
      "it grew by more than is copied in a day: nothing of it is copied, or signed with its party, "
      "until the day is over or this daemon is restarted";

  explicit CopyAllowance(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}

  /// Whether so many bytes more may be copied; counts them if so.
  [[nodiscard]] bool take(Identifier owner, std::uint64_t bytes, Time now) {
    Taken& taken = taken_[owner];
    if (now >= taken.since + copied_period || now < taken.since) taken = {now, 0};
    if (bytes > bytes_max_ - taken.bytes) return false;
    taken.bytes += bytes;
    return true;
  }

 private:
  struct Taken {
    Time since;
    std::uint64_t bytes = 0;
  };
  std::uint64_t bytes_max_;
  PerParty<Taken> taken_;
};

}  // namespace jointca::daemon
