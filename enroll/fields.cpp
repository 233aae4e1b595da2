#include "enroll/fields.h"

#include <algorithm>

#include "enroll/invitation.h"

namespace jointca::enroll {

void encode_time(Time time, Writer& out) {
  out.integer(static_cast<std::uint64_t>(unix_seconds(time)));
}

Parsed<Time> parse_time(Reader& in) {
  JCA_ASSIGN(const auto seconds, in.integer<std::uint64_t>(0, std::uint64_t{unix_seconds_max}));
  return time_from_unix(static_cast<std::int64_t>(seconds));
}

void encode_kinds(const std::vector<ca::Kind>& kinds, Writer& out) {
  out.integer(static_cast<std::uint8_t>(kinds.size()));
  for (const ca::Kind kind : kinds) out.integer(static_cast<std::uint8_t>(kind));
}

Parsed<std::vector<ca::Kind>> parse_kinds(Reader& in) {
  JCA_ASSIGN(const auto count,
             in.integer<std::uint8_t>(1, static_cast<std::uint8_t>(ca::all_kinds.size())));
  std::vector<ca::Kind> kinds;
  for (std::uint8_t i = 0; i < count; ++i) {
    JCA_ASSIGN(const auto number, in.integer<std::uint8_t>());
    const auto kind = ca::kind_from_number(number);
    if (!kind) return in.fail("unknown kind");
    if (!kinds.empty() && *kind <= kinds.back()) return in.fail("kinds must ascend");
    kinds.push_back(*kind);
  }
  return kinds;
}

bool is_endpoint(std::string_view endpoint) {
  return !endpoint.empty() && endpoint.size() <= endpoint_bytes_max &&
         std::all_of(endpoint.begin(), endpoint.end(), [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace jointca::enroll
