// tests/unit/ca/subject_test.cpp — names, groups, kinds and did:key.
#include "ca/subject.h"

#include <catch2/catch.hpp>

#include "ca/did.h"

using namespace jointca;
using namespace jointca::ca;

TEST_CASE("a host name is short and of safe characters") {
  for (const char* name : {"a", "web-1.example", "A_b", "_x", "1", "a."}) CHECK(is_host_name(name));
  for (const char* name : {"", "-a", ".a", "a b", "a/b", "a,b", "a\n", "\xc3\xa4", "a:b"})
    CHECK_FALSE(is_host_name(name));
  CHECK(is_host_name(std::string(253, 'a')));
  CHECK_FALSE(is_host_name(std::string(254, 'a')));
  CHECK_FALSE(is_host_name(std::string("a\0b", 3)));
}

TEST_CASE("a group name is short and has no comma") {
  for (const char* group : {"web", "team:ops", "-", "a.b_c"}) CHECK(is_group_name(group));
  for (const char* group : {"", "a,b", "a b", "a\"b"}) CHECK_FALSE(is_group_name(group));
  CHECK_THAT(not_a_group_name("a,b"),
             Catch::StartsWith("\"a,b\" is not a group name: expected 1 "));
  CHECK_THAT(not_a_host_name("a\x1b[b\n"), Catch::StartsWith("\"a?[b?\" is not a host name"));
  CHECK_THAT(not_a_host_name(std::string(254, 'a')),
             Catch::StartsWith("\"" + std::string(64, 'a') + "…\" is"));
  CHECK(is_group_name(std::string(64, 'g')));
  CHECK_FALSE(is_group_name(std::string(65, 'g')));
}

TEST_CASE("names that differ in case only have one key") {
  CHECK(name_key("Web-1.Example") == "web-1.example");
  CHECK(name_key("a_9Z") == "a_9z");
}

TEST_CASE("kinds have one text and one number each") {
  for (const Kind kind : all_kinds) {
    CHECK(kind_from_text(to_text(kind)) == kind);
    CHECK(kind_from_number(static_cast<std::uint8_t>(kind)) == kind);
  }
  CHECK_FALSE(kind_from_text("Nebula"));
  CHECK_FALSE(kind_from_number(0));
  CHECK_FALSE(kind_from_number(4));
}

TEST_CASE("an Ed25519 key has the did:key of the method's first test vector") {
  // did:key method, appendix "Ed25519": the key of the seed of 32 zero bytes.
  const auto bytes = from_hex("3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29");
  CHECK(did_key(PublicKey{*to_array<32>(*bytes)}) ==
        "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp");
}
