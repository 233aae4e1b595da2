// tests/unit/base/json_fields_test.cpp — what a JSON library would let pass is refused with its
// path.
#include "base/json_fields.h"

#include <catch2/catch.hpp>

using namespace jointca;

namespace {

Parsed<JsonValue> document(std::string_view text) { return JsonValue::parse(text, "doc", 4096); }

/// The field "a" of an object.
JsonValue a_of(std::string_view text) { return *document(text)->object()->required("a"); }

template <class T>
std::string problem(const Parsed<T>& parsed) {
  return parsed ? "none" : parsed.error().text();
}

}  // namespace

TEST_CASE("an object is read field by field") {
  const auto parsed = document(R"({"t": "x", "b": false, "n": -3, "l": [1, 2], "z": null})");
  auto object = *parsed->object();
  CHECK(*object.required("t")->text() == "x");
  CHECK_FALSE(*object.required("b")->boolean());
  CHECK(*object.required("n")->integer<int>() == -3);
  CHECK(object.required("l")->array()->size() == 2);
  CHECK(object.required("z")->is_null());
  CHECK_FALSE(object.optional("missing"));
  CHECK(object.finish());
}

TEST_CASE("unknown, missing and repeated fields are named") {
  auto object = *document(R"({"a": 1, "extra": 2})")->object();
  CHECK(object.required("a"));
  CHECK(problem(object.finish()) == "doc.extra: unknown field");
  CHECK(problem(object.required("b")) == "doc.b: missing");
  CHECK(problem(document(R"({"a": 1, "a": 1})")) == "doc: duplicate field \"a\"");
  CHECK(problem(document(R"({"x": {"a": 1, "\u0061": 1}})")) == "doc: duplicate field \"a\"");
}

TEST_CASE("a value of another type is refused, never converted") {
  for (const char* text : {R"({"a": "1"})", R"({"a": true})", R"({"a": 1.0})", R"({"a": 1e2})",
                           R"({"a": null})", R"({"a": [1]})", R"({"a": {}})"}) {
    CAPTURE(text);
    CHECK(problem(a_of(text).integer<int>()) == "doc.a: expected an integer");
  }
  CHECK(problem(a_of(R"({"a": 1})").text()) == "doc.a: expected a text");
  CHECK(problem(a_of(R"({"a": 1})").boolean()) == "doc.a: expected true or false");
  CHECK(problem(a_of(R"({"a": {}})").array()) == "doc.a: expected a list");
  CHECK(problem(a_of(R"({"a": []})").object()) == "doc.a: expected an object");
  CHECK(problem(document("[]")->object()) == "doc: expected an object");
}

TEST_CASE("integers outside their type or their range are refused") {
  CHECK(*a_of(R"({"a": 65535})").integer<std::uint16_t>() == 65535);
  for (const char* text : {R"({"a": 65536})", R"({"a": 70000})", R"({"a": -1})"}) {
    CAPTURE(text);
    CHECK(problem(a_of(text).integer<std::uint16_t>()) == "doc.a: out of range");
  }
  CHECK(*a_of(R"({"a": 5})").integer<int>(5, 5) == 5);
  CHECK(problem(a_of(R"({"a": 4})").integer<int>(5, 6)) == "doc.a: out of range");
  CHECK(problem(a_of(R"({"a": 7})").integer<int>(5, 6)) == "doc.a: out of range");
  CHECK(*a_of(R"({"a": 9223372036854775807})").integer<std::int64_t>() ==
        std::numeric_limits<std::int64_t>::max());
  CHECK(problem(document(R"({"a": 9223372036854775808})")) == "doc: number too large");
}

TEST_CASE("paths lead into lists and objects") {
  auto list = *a_of(R"({"a": [{"b": "x"}, {"b": 2}]})").array();
  auto second = *list[1].object();
  CHECK(problem(second.required("b")->text()) == "doc.a[1].b: expected a text");
}

TEST_CASE("what is too long, too many or too deep is refused") {
  CHECK(problem(JsonValue::parse("[1, 2]", "doc", 5)) == "doc: too long");
  CHECK(problem(a_of(R"({"a": "abcd"})").text(3)) == "doc.a: too long");
  CHECK(problem(a_of(R"({"a": [1, 2]})").array(1)) == "doc.a: too many elements");
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  CHECK(document(nested(16)));
  CHECK(problem(document(nested(17))) == "doc: nested too deeply");
  CHECK(problem(JsonValue::parse(nested(100'000), "doc", 1 << 20)) == "doc: nested too deeply");
}

TEST_CASE("what is not one JSON document is refused") {
  for (const char* text :
       {"", " ", "{", "}", "{\"a\"}", "{\"a\":}", "[1,]", "{\"a\": 1,}", "1 2", "{} {}", "nul",
        "01", "+1", "'a'", "\"\xff\"", "\"\\ud800\"", "\"\x01\"", "// c\n1", "NaN"}) {
    CAPTURE(text);
    CHECK_FALSE(document(text));
  }
}
