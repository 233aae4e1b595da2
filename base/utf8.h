// base/utf8.h — well-formed UTF-8, RFC 3629: no overlong forms, no surrogates.
#pragma once

#include <optional>
#include <string_view>

namespace jointca {

/// Takes the first character off `text` and returns its code point; nothing if `text` does not
/// begin with a well-formed character.
[[nodiscard]] std::optional<char32_t> take_character(std::string_view& text);

[[nodiscard]] bool is_utf8(std::string_view text);

/// UTF-8 without control characters (below U+0020, and U+007F): fits one line of a text format and
/// does nothing to a terminal but print.
[[nodiscard]] bool is_one_line(std::string_view text);

}  // namespace jointca
