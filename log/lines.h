// log/lines.h — what the text formats of the log are made of: lines and decimal numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace jointca::log {

/// Takes one line off `text`, without its line feed; nothing if no line feed is left.
[[nodiscard]] std::optional<std::string_view> take_line(std::string_view& text);

/// A number up to `max` in decimal, without sign and leading zeros.
[[nodiscard]] std::optional<std::uint64_t> parse_decimal(std::string_view text, std::uint64_t max);

}  // namespace jointca::log
