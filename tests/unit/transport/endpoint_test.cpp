// tests/unit/transport/endpoint_test.cpp — endpoints as text.
#include "transport/endpoint.h"

#include <catch2/catch.hpp>

namespace jointca::transport {

TEST_CASE("an endpoint is read and written back in one form") {
  const auto [input, host, port, text] =
      GENERATE(table<std::string, std::string, int, std::string>({
          {"192.0.2.1:7443", "192.0.2.1", 7443, "192.0.2.1:7443"},
          {"[2001:db8::1]:7443", "2001:db8::1", 7443, "[2001:db8::1]:7443"},
          {"[2001:DB8:0:0::1]:1", "2001:db8::1", 1, "[2001:db8::1]:1"},
          {"[::]:65535", "::", 65535, "[::]:65535"},
          {"localhost:443", "localhost", 443, "localhost:443"},
          {"CA.Example-1.org:443", "ca.example-1.org", 443, "ca.example-1.org:443"},
      }));
  const auto endpoint = Endpoint::parse(input);
  REQUIRE(endpoint);
  CHECK(endpoint->host == host);
  CHECK(endpoint->port == port);
  CHECK(endpoint->text() == text);
  CHECK(*Endpoint::parse(text) == *endpoint);
}

TEST_CASE("what is no endpoint is refused") {
  const std::string input = GENERATE(
      as<std::string>(), "", ":", "192.0.2.1", "192.0.2.1:", ":443", "192.0.2.1:0",
      "192.0.2.1:65536", "192.0.2.1:0443", "192.0.2.1:+1", "192.0.2.1:-1", "192.0.2.1:44 3",
      "192.0.2.1:443 ", "192.0.2.256:443", "192.0.2:443", "1:443", "2001:db8::1:443",
      "[2001:db8::1]", "[2001:db8::g]:1", "[fe80::1%eth0]:443", "[192.0.2.1]:443", "[]:443",
      "a..b:1", ".a:1", "a.:1", "-a:1", "a-:1", "a_b:1", "a b:1", "a/b:1", "http://a:1",
      std::string(64, 'a') + ":1", std::string(254, 'a') + ":1", std::string(100'000, 'a'));
  CAPTURE(input);
  CHECK_FALSE(Endpoint::parse(input));
}

}  // namespace jointca::transport
