// tests/unit/ca/allocate_test.cpp — the lowest free address.
#include "ca/allocate.h"

#include <catch2/catch.hpp>

using namespace jointca;
using namespace jointca::ca;

namespace {

Prefix net(std::string_view text) { return *Prefix::parse(text); }
IpAddress ip(std::string_view text) { return *IpAddress::parse(text); }

std::string lowest(std::string_view network, const std::set<IpAddress>& used = {}) {
  const auto found = lowest_free(net(network), used);
  return found ? found->text() : "none";
}

}  // namespace

TEST_CASE("the lowest address is after the network's own") {
  CHECK(lowest("10.42.0.0/16") == "10.42.0.1");
  CHECK(lowest("10.42.7.9/16") == "10.42.0.1");
  CHECK(lowest("fd42::/64") == "fd42::1");
}

TEST_CASE("used addresses are skipped, gaps are filled") {
  CHECK(lowest("10.0.0.0/24", {ip("10.0.0.1"), ip("10.0.0.2"), ip("10.0.0.4")}) == "10.0.0.3");
  CHECK(lowest("10.0.0.0/24", {ip("10.0.0.2"), ip("9.0.0.1"), ip("fd42::1")}) == "10.0.0.1");
  CHECK(lowest("fd42::/64", {ip("fd42::1"), ip("fd42::2")}) == "fd42::3");
}

TEST_CASE("a full network has no free address, and broadcast is never given") {
  CHECK(lowest("10.0.0.0/30", {ip("10.0.0.1"), ip("10.0.0.2")}) == "none");
  CHECK(lowest("10.0.0.0/30", {ip("10.0.0.0"), ip("10.0.0.1")}) == "10.0.0.2");
  CHECK(lowest("fd42::/126", {ip("fd42::1"), ip("fd42::2")}) == "fd42::3");
  CHECK(lowest("255.255.255.254/31", {ip("255.255.255.254")}) == "255.255.255.255");
  CHECK(lowest("255.255.255.254/31", {ip("255.255.255.254"), ip("255.255.255.255")}) == "none");
}

TEST_CASE("networks of one or two addresses are used whole") {
  CHECK(lowest("10.0.0.4/31") == "10.0.0.4");
  CHECK(lowest("10.0.0.4/32") == "10.0.0.4");
  CHECK(lowest("10.0.0.4/32", {ip("10.0.0.4")}) == "none");
  CHECK(lowest("fd42::2/127") == "fd42::2");
}

TEST_CASE("zero and IPv4-mapped addresses are never given") {
  CHECK(lowest("0.0.0.0/32") == "none");
  CHECK_FALSE(is_assignable(net("::/0"), ip("::")));
  CHECK_FALSE(is_assignable(net("::/0"), ip("::ffff:10.0.0.1")));
  CHECK(lowest("::ffff:0:0/96") == "none");
}

TEST_CASE("an address is assignable inside its network only") {
  CHECK(is_assignable(net("10.0.0.0/24"), ip("10.0.0.9")));
  for (const char* address : {"10.0.0.0", "10.0.0.255", "10.0.1.1", "fd42::1"})
    CHECK_FALSE(is_assignable(net("10.0.0.0/24"), ip(address)));
}

TEST_CASE("the search can begin at an address") {
  const std::set<IpAddress> used{ip("10.0.0.5")};
  CHECK(lowest_free(net("10.0.0.0/24"), used, ip("10.0.0.5")) == ip("10.0.0.6"));
  CHECK(lowest_free(net("10.0.0.0/24"), used, ip("9.0.0.0")) == ip("10.0.0.1"));
  CHECK_FALSE(lowest_free(net("10.0.0.0/24"), used, ip("10.0.0.255")));
  CHECK_FALSE(lowest_free(net("10.0.0.0/24"), used, ip("fd42::1")));
}

TEST_CASE("sixty thousand hosts are allocated one after the other") {
  std::set<IpAddress> used;
  std::optional<IpAddress> last;
  for (int i = 0; i < 60'000; ++i) {
    last = lowest_free(net("10.0.0.0/16"), used, last);
    REQUIRE(last);
    used.insert(*last);
  }
  CHECK(last == ip("10.0.234.96"));
}
