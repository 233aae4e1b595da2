// tests/unit/ca/claims_test.cpp — claims that all tokens have in common, each with what it refuses.
#include "ca/claims.h"

#include <catch2/catch.hpp>

namespace jointca::ca {
namespace {

TEST_CASE("an endpoint is an IP address and a port in one form") {
  for (const char* good : {"192.0.2.1:51820", "[2001:db8::1]:1", "10.0.0.1:65535"})
    CHECK(is_endpoint(good));
  for (const char* bad : {"",
                          "192.0.2.1",
                          "192.0.2.1:",
                          "192.0.2.1:0",
                          "192.0.2.1:01",
                          "192.0.2.1:65536",
                          "192.0.2.1:1 ",
                          "[192.0.2.1]:1",
                          "2001:db8::1:1",
                          "[2001:DB8::1]:1",
                          "[2001:db8:0::1]:1",
                          "[fe80::1%eth0]:1",
                          "host.example:1",
                          "0.0.0.0:1",
                          "[::]:1",
                          "[::ffff:1.2.3.4]:1",
                          "127.0.0.1:1",
                          "0.1.2.3:1",
                          "169.254.0.1:1",
                          "224.0.0.1:1",
                          "255.255.255.255:1",
                          "[::1]:1",
                          "[fe80::1]:1",
                          "[febf::1]:1",
                          "[ff02::1]:1",
                          "192.0.2.1:+1",
                          "192.0.2.1:1\nPostUp = x:1"})
    CHECK_FALSE(is_endpoint(bad));
}

/// What a reader makes of {"x": VALUE}, or "refused".
template <class Read>
std::string read(std::string_view value, Read reader) {
  const auto document = JsonValue::parse("{\"x\":" + std::string(value) + "}", "claims", 4096);
  REQUIRE(document);
  auto object = document->object();
  REQUIRE(object);
  const auto result = reader(*object);
  return result ? "ok" : "refused";
}

TEST_CASE("a claim that is not what it must be is refused") {
  const auto digest = [](JsonObject& object) { return read_digest(object, "x"); };
  CHECK(read('"' + std::string(64, 'a') + '"', digest) == "ok");
  CHECK(read('"' + std::string(62, 'a') + '"', digest) == "refused");
  CHECK(read('"' + std::string(64, 'g') + '"', digest) == "refused");
  const auto time = [](JsonObject& object) { return read_time(object, "x"); };
  CHECK(read("253402300799", time) == "ok");
  CHECK(read("253402300800", time) == "refused");
  CHECK(read("-1", time) == "refused");
  CHECK(read("1.5", time) == "refused");
  const auto name = [](JsonObject& object) { return read_host_name(object, "x"); };
  CHECK(read("\"web-1\"", name) == "ok");
  CHECK(read("\"-web\"", name) == "refused");
  CHECK(read('"' + std::string(254, 'a') + '"', name) == "refused");
  const auto networks = [](JsonObject& object) { return read_networks(object, "x"); };
  CHECK(read(R"(["10.42.0.2/16","fd42::2/64"])", networks) == "ok");
  CHECK(read("[]", networks) == "refused");
  CHECK(read(R"(["10.42.0.2"])", networks) == "refused");
  CHECK(read(R"(["a/1","b/1","c/1","d/1","e/1","f/1","g/1","h/1","i/1"])", networks) == "refused");
  const auto text = [](JsonObject& object) { return read_text(object, "x", 3); };
  CHECK(read("\"abc\"", text) == "ok");
  CHECK(read("\"abcd\"", text) == "refused");
  CHECK(read("7", text) == "refused");
}

}  // namespace
}  // namespace jointca::ca
