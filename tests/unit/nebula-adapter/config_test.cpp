// tests/unit/nebula-adapter/config_test.cpp — the text that Nebula reads, and only as it is meant.
#include "nebula-adapter/config.h"

#include <catch2/catch.hpp>
#include <yaml-cpp/yaml.h>

namespace jointca::nebula {
namespace {

const PkiPaths pki{"/etc/nebula/ca.crt", "/etc/nebula/host.crt", "/etc/nebula/host.key"};

ca::IpAddress address(std::string_view text) { return *ca::IpAddress::parse(text); }

YAML::Node parsed(const HostConfig& config) { return YAML::Load(config_text(config)); }

TEST_CASE("a quoted text is the same text to a YAML reader") {
  for (const std::string& text :
       {std::string("plain"), std::string("/a b/c: [d] {e} #f"), std::string("tab\t, line\nend\r"),
        std::string("\"quoted\" \\ back"), std::string("zero\0inside", 11),
        std::string("\x7f\x1b["), std::string("umlaut ü, 東京"), std::string("yes"),
        std::string("012"), std::string()}) {
    INFO(text);
    CHECK(YAML::Load("key: " + yaml_quoted(text))["key"].as<std::string>() == text);
  }
}

TEST_CASE("a host asks its lighthouses and listens on any port") {
  HostConfig config{pki, {}};
  config.lighthouses = {
      {"lh1", {address("10.42.0.1"), address("fd42::1")}, {"192.0.2.1:4242"}},
      {"lh2", {address("10.42.0.2")}, {"[2001:db8::2]:4243", "lh.example.org:4242"}}};
  const YAML::Node yaml = parsed(config);
  CHECK(yaml["pki"]["ca"].as<std::string>() == pki.ca);
  CHECK(yaml["pki"]["cert"].as<std::string>() == pki.certificate);
  CHECK(yaml["pki"]["key"].as<std::string>() == pki.key);
  CHECK(yaml["pki"]["disconnect_invalid"].as<bool>());
  CHECK(yaml["pki"]["blocklist"].size() == 0);
  const auto map = yaml["static_host_map"];
  CHECK(map.size() == 2);
  CHECK(map["fd42::1"][0].as<std::string>() == "192.0.2.1:4242");
  CHECK(map["10.42.0.2"].as<std::vector<std::string>>() ==
        std::vector<std::string>{"[2001:db8::2]:4243", "lh.example.org:4242"});
  CHECK_FALSE(yaml["lighthouse"]["am_lighthouse"].as<bool>());
  CHECK(yaml["lighthouse"]["hosts"].as<std::vector<std::string>>() ==
        std::vector<std::string>{"fd42::1", "10.42.0.2"});
  CHECK(yaml["listen"]["host"].as<std::string>() == "0.0.0.0");
  CHECK(yaml["listen"]["port"].as<int>() == 0);
  CHECK(yaml["punchy"]["punch"].as<bool>());
  CHECK_FALSE(yaml["tun"]);
}

TEST_CASE("a lighthouse knows the others and asks none") {
  HostConfig config{pki, {}};
  config.lighthouses = {{"lh2", {address("10.42.0.2"), address("fd42::2")}, {"192.0.2.2:4242"}}};
  config.start = {true, "::", 4242, "nebula1"};
  const YAML::Node yaml = parsed(config);
  CHECK(yaml["lighthouse"]["am_lighthouse"].as<bool>());
  CHECK(yaml["lighthouse"]["hosts"].size() == 0);
  CHECK(yaml["static_host_map"]["10.42.0.2"].size() == 1);
  CHECK(yaml["static_host_map"]["fd42::2"].size() == 1);
  CHECK(yaml["listen"]["host"].as<std::string>() == "::");
  CHECK(yaml["listen"]["port"].as<int>() == 4242);
  CHECK(yaml["tun"]["dev"].as<std::string>() == "nebula1");
}

TEST_CASE("lighthouses are asked at IPv6 addresses if one has any") {
  const KnownLighthouse both{"lh1", {address("10.42.0.1"), address("fd42::1")}, {"192.0.2.1:1"}};
  const KnownLighthouse v4{"lh2", {address("10.42.0.2")}, {"192.0.2.2:1"}};
  CHECK(asks_of({}, false) == Asks::nobody);
  CHECK(asks_of({both}, true) == Asks::nobody);
  CHECK(asks_of({v4}, false) == Asks::ipv4);
  CHECK(asks_of({v4, both}, false) == Asks::ipv6);
}

TEST_CASE("inbound is ICMP, and everything from hosts that share a group") {
  HostConfig config{pki, {}};
  config.groups = {"web", "a\": [\"b", "any"};
  const YAML::Node yaml = parsed(config);
  CHECK(yaml["firewall"]["outbound"].size() == 1);
  const auto inbound = yaml["firewall"]["inbound"];
  REQUIRE(inbound.size() == 3);  // nothing for the group "any", which Nebula reads as everyone
  CHECK(inbound[0]["proto"].as<std::string>() == "icmp");
  CHECK(inbound[0]["host"].as<std::string>() == "any");
  CHECK(inbound[1]["group"].as<std::string>() == "web");
  CHECK_FALSE(inbound[1]["host"]);
  CHECK(inbound[2]["group"].as<std::string>() == "a\": [\"b");
}

TEST_CASE("the blocklist is fingerprints in lower case, in a config and in a fragment") {
  Digest fingerprint{};
  fingerprint[0] = 0xAB;
  const std::string hex = to_hex(fingerprint);
  const YAML::Node whole = parsed({pki, {fingerprint, Digest{1}}});
  CHECK(whole["pki"]["blocklist"].as<std::vector<std::string>>() ==
        std::vector<std::string>{hex, to_hex(Digest{1})});
  const YAML::Node fragment = YAML::Load(fragment_text(pki, {fingerprint}));
  CHECK(fragment.size() == 1);
  CHECK(fragment["pki"]["blocklist"][0].as<std::string>() == hex);
  CHECK(fragment["pki"]["key"].as<std::string>() == pki.key);
}

TEST_CASE("an interface name is one that Linux takes") {
  for (const auto* good : {"nebula1", "a", "tun-0_x.1", "abcdefghijklmno"})
    CHECK(is_tun_device(good));
  for (const auto* bad : {"", ".", "..", "a/b", "a b", "abcdefghijklmnop", "tün"})
    CHECK_FALSE(is_tun_device(bad));
}

}  // namespace
}  // namespace jointca::nebula
