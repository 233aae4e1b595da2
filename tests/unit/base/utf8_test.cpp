// tests/unit/base/utf8_test.cpp — which byte strings are UTF-8.
#include "base/utf8.h"

#include <string>

#include <catch2/catch.hpp>

namespace jointca {
namespace {

TEST_CASE("characters of one to four bytes are read") {
  std::string_view text = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x94\x91";
  CHECK(take_character(text) == U'a');
  CHECK(take_character(text) == U'\u00E9');
  CHECK(take_character(text) == U'\u20AC');
  CHECK(take_character(text) == U'\U0001F511');
  CHECK(text.empty());
  CHECK_FALSE(take_character(text));
}

TEST_CASE("the ends of every range are UTF-8") {
  CHECK(is_utf8(std::string_view("\0\x7F", 2)));
  CHECK(is_utf8("\xC2\x80\xDF\xBF"));
  CHECK(is_utf8("\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF"));
  CHECK(is_utf8("\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"));
}

TEST_CASE("overlong, surrogate, truncated, stray and too large are not UTF-8") {
  for (const char* text :
       {"\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xF0\x8F\xBF\xBF", "\xED\xA0\x80", "\xED\xBF\xBF",
        "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80", "\xFF", "\x80", "a\xBF", "\xC3", "\xE2\x82",
        "\xF0\x9F\x94", "\xC3(", "\xE2(\xAC", "\xE2\x82("})
    CHECK_FALSE(is_utf8(text));
}

TEST_CASE("one line has no control characters") {
  CHECK(is_one_line("r\xC3\xA9sum\xC3\xA9 ~"));
  CHECK(is_one_line(""));
  CHECK_FALSE(is_one_line("a\nb"));
  CHECK_FALSE(is_one_line("\x1B[31m"));
  CHECK_FALSE(is_one_line("\x7F"));
  CHECK_FALSE(is_one_line("\xFF"));
}

}  // namespace
}  // namespace jointca
