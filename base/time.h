// base/time.h — points in time in whole seconds. The core receives them; only the shell reads a
// clock.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/error.h"

namespace jointca {

/// Seconds since 1970-01-01T00:00:00Z, leap seconds not counted.
using Time = std::chrono::sys_seconds;
using Duration = std::chrono::seconds;

[[nodiscard]] constexpr Time time_from_unix(std::int64_t seconds) {
  return Time(Duration(seconds));
}
[[nodiscard]] constexpr std::int64_t unix_seconds(Time time) {
  return time.time_since_epoch().count();
}

/// 9999-12-31T23:59:59Z: the last second that RFC 3339 can write, and the last of any validity.
inline constexpr std::int64_t unix_seconds_max = 253'402'300'799;
inline constexpr Time time_max = time_from_unix(unix_seconds_max);

/// "2026-11-22T23:09:09Z".
[[nodiscard]] std::string to_rfc3339(Time time);
/// Accepts upper-case T and Z, or a numeric offset; fractions of a second are refused.
[[nodiscard]] Parsed<Time> time_from_rfc3339(std::string_view text);

/// "90s", "15m", "24h", "365d": one number and one unit; at most 100 years.
[[nodiscard]] Parsed<Duration> duration_from_text(std::string_view text);
/// The largest unit that divides it: "24h", "90s".
[[nodiscard]] std::string to_text(Duration duration);
/// "in 3 days", "2 hours ago", "now": for people.
[[nodiscard]] std::string distance(Time time, Time now);

}  // namespace jointca
