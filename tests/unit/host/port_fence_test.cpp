// tests/unit/host/port_fence_test.cpp — the rules around MPyC's port.
#include "host/port_fence.h"

#include <catch2/catch.hpp>

#include "tests/support/mpyc_session.h"

using namespace jointca;
using namespace jointca::host;

TEST_CASE("the port is open to the other seats over the overlay, and theirs are dialled over it") {
  const auto manifest = test::session_manifest(mpyc::Channel::nebula);
  const std::string name = "jointca_bbbbbbbbbbbbbbbb_1";
  CHECK(fence_name(manifest, 1) == name);
  CHECK(fence_rules(manifest, 1, "nebula1") ==
        "add table inet " + name + "\ndelete table inet " + name + "\ntable inet " + name + R"( {
  chain input {
    type filter hook input priority -150; policy accept;
    iif "nebula1" ip saddr { 10.42.0.1, 10.42.0.3 } tcp dport 11366 accept
    tcp dport 11366 drop
  }
  chain output {
    type filter hook output priority -150; policy accept;
    oif != "nebula1" ip daddr 10.42.0.1 tcp dport 11365 drop
    oif != "nebula1" ip daddr 10.42.0.3 tcp dport 11367 drop
  }
}
)");
}

TEST_CASE("a session of both families has rules for both, and one of one seat is closed") {
  auto manifest = test::session_manifest(mpyc::Channel::wireguard);
  manifest.seats[2].address = *ca::IpAddress::parse("fd42::3");
  const std::string rules = fence_rules(manifest, 0, "wg0");
  CHECK(rules.find("iif \"wg0\" ip saddr { 10.42.0.2 } tcp dport 11365 accept") !=
        std::string::npos);
  CHECK(rules.find("iif \"wg0\" ip6 saddr { fd42::3 } tcp dport 11365 accept") !=
        std::string::npos);
  CHECK(rules.find("oif != \"wg0\" ip6 daddr fd42::3 tcp dport 11367 drop") != std::string::npos);
  manifest.seats.resize(1);
  const std::string alone = fence_rules(manifest, 0, "wg0");
  CHECK(alone.find("accept\n") == std::string::npos);
  CHECK(alone.find("tcp dport 11365 drop") != std::string::npos);
}
