#include "base/time.h"

#include <array>
#include <charconv>
#include <cstdio>

namespace jointca {
namespace {

/// `count` decimal digits at `text[at]`, or −1.
int digits(std::string_view text, std::size_t at, std::size_t count) {
  if (at + count > text.size()) return -1;
  int value = 0;
  for (const char c : text.substr(at, count)) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

struct Unit {
  char letter;
  std::int64_t seconds;
  std::string_view name;
};
constexpr std::array<Unit, 4> units{
    {{'d', 86400, "day"}, {'h', 3600, "hour"}, {'m', 60, "minute"}, {'s', 1, "second"}}};
constexpr std::int64_t duration_seconds_max = std::int64_t{100} * 365 * 86400;

}  // namespace

std::string to_rfc3339(Time time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::array<char, 40> out{};
  const int length = std::snprintf(
      out.data(), out.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()));
  return {out.data(), static_cast<std::size_t>(length)};
}

Parsed<Time> time_from_rfc3339(std::string_view text) {
  const auto wrong = [] { return malformed("", "expected a time like 2026-01-31T12:00:00Z"); };
  const int year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
  const int hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = digits(text, 17, 2);
  if (text.size() < 20 || year < 0 || month < 0 || day < 0 || hour < 0 || minute < 0 ||
      second < 0 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' ||
      text[16] != ':')
    return wrong();
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return wrong();
  std::chrono::minutes offset{0};
  const std::string_view zone = text.substr(19);
  if (zone != "Z") {
    const int hours = digits(zone, 1, 2), minutes = digits(zone, 4, 2);
    if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':' || hours < 0 ||
        hours > 23 || minutes < 0 || minutes > 59)
      return wrong();
    offset = std::chrono::minutes(hours * 60 + minutes) * (zone[0] == '-' ? -1 : 1);
  }
  return Time(std::chrono::sys_days(date)) + std::chrono::hours(hour) +
         std::chrono::minutes(minute) + std::chrono::seconds(second) - offset;
}

Parsed<Duration> duration_from_text(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error == std::errc{} && count >= 0 && end + 1 == text.data() + text.size())
    for (const Unit& unit : units)
      if (unit.letter == *end && count <= duration_seconds_max / unit.seconds)
        return Duration(count * unit.seconds);
  return malformed("", "expected a duration like 90s, 15m, 24h or 365d");
}

std::string to_text(Duration duration) {
  for (const Unit& unit : units)
    if (duration.count() != 0 && duration.count() % unit.seconds == 0)
      return std::to_string(duration.count() / unit.seconds) + unit.letter;
  return "0s";
}

std::string distance(Time time, Time now) {
  const std::int64_t seconds = (time - now).count();
  const std::int64_t size = seconds < 0 ? -seconds : seconds;
  for (const Unit& unit : units) {
    if (size < unit.seconds) continue;
    const std::int64_t count = size / unit.seconds;
    const std::string words =
        std::to_string(count) + " " + std::string(unit.name) + (count == 1 ? "" : "s");
    return seconds < 0 ? words + " ago" : "in " + words;
  }
  return "now";
}

}  // namespace jointca
