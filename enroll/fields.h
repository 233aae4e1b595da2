// enroll/fields.h — encodings of the fields that invitations and requests share.
#pragma once

#include <string_view>
#include <vector>

#include "base/codec.h"
#include "ca/subject.h"

namespace jointca::enroll {

/// u64, Unix seconds from 0 to unix_seconds_max.
void encode_time(Time time, Writer& out);
[[nodiscard]] Parsed<Time> parse_time(Reader& in);

/// u8 n ≥ 1, then u8[n], ascending numbers of kinds.
void encode_kinds(const std::vector<ca::Kind>& kinds, Writer& out);
[[nodiscard]] Parsed<std::vector<ca::Kind>> parse_kinds(Reader& in);

/// 1 to 255 printable ASCII characters without spaces: something like "host:port". Whether it is an
/// address shows when it is dialled.
[[nodiscard]] bool is_endpoint(std::string_view endpoint);

}  // namespace jointca::enroll
