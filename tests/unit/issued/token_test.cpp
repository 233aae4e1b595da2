#include "issued/token.h"

#include <catch2/catch.hpp>

namespace jointca::issued {
namespace {

std::string why(std::string_view text) {
  const auto parsed = parse_token_document(wireguard_kind, text);
  return parsed ? "accepted" : parsed.error().text();
}

TEST_CASE("a document of tokens is read back, strictly") {
  for (const std::string_view kind : {wireguard_kind, lighthouse_kind}) {
    CHECK(*parse_token_document(kind, token_document(kind, {"a.b.c", "d.e.f"})) ==
          std::vector<std::string>{"a.b.c", "d.e.f"});
    CHECK(parse_token_document(kind, token_document(kind, {}))->empty());
  }
  CHECK(token_document(wireguard_kind, {"a"}) == "{\"bindings\":[\"a\"]}\n");
  CHECK(token_document(lighthouse_kind, {"a"}) == "{\"lighthouses\":[\"a\"]}\n");
  CHECK(why(token_document(lighthouse_kind, {})) == "bindings.bindings: missing");
  CHECK(why(R"({"bindings":[1]})") == "bindings.bindings[0]: expected a text");
  CHECK(why(R"({"bindings":[],"more":1})") == "bindings.more: unknown field");
  CHECK(why("[]") == "bindings: expected an object");
}

TEST_CASE("a document of tokens has its limits") {
  const std::string longest(wireguard::binding_bytes_max, 'a');
  CHECK(why(token_document(wireguard_kind, {longest})) == "accepted");
  CHECK(why(token_document(wireguard_kind, {longest + "a"})) == "bindings.bindings[0]: too long");
  CHECK(why(token_document(wireguard_kind, {tokens_max, "a"})) == "accepted");
  CHECK(why(token_document(wireguard_kind, {tokens_max + 1, "a"})) ==
        "bindings.bindings: too many elements");
  CHECK(fitting({tokens_max + 1, "a"}) == tokens_max);
  const std::vector<std::string_view> three{"aaa", "bbb", "ccc"};
  const std::size_t bytes = token_document(lighthouse_kind, three).size();
  CHECK(fitting(three, {3, bytes + 1}) == 3);  // of one more comma
  CHECK(fitting(three, {3, bytes - 1}) == 2);
  CHECK(fitting(three, {2, bytes + 1}) == 2);
  CHECK(fitting({}, {0, 0}) == 0);
}

}  // namespace
}  // namespace jointca::issued
