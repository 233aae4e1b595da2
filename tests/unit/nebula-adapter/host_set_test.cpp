// tests/unit/nebula-adapter/host_set_test.cpp — files that do not belong together are refused, each
// by its rule; and which changes a running Nebula does not take.
#include "nebula-adapter/host_set.h"

#include <catch2/catch.hpp>

#include "tests/support/host_set.h"

namespace jointca::nebula {
namespace {

using test::HostFiles;
using test::key_from;
using test::nebula_now;
using test::prefix;

const Time now = time_from_unix(nebula_now);

std::string rule(HostFiles files, const std::vector<Digest>& blocklist = {}, Time at = now) {
  const auto checked = check_host_set(files.set(), blocklist, at);
  return checked ? "ok" : checked.error().rule;
}

TEST_CASE("a set whose files belong together is accepted") {
  HostFiles files;
  const auto checked = check_host_set(files.set(), {}, now);
  REQUIRE(checked);
  CHECK(checked->details().name == "web1");
  CHECK(checked->certificates.size() == 2);
  CHECK(checked->networks() ==
        std::vector<ca::Prefix>{prefix("10.42.0.7/16"), prefix("fd42::7/64")});
  CHECK(checked->not_after() == time_from_unix(nebula_now + 7 * 86400));
  files.leaves = {files.leaf(Version::v1)};
  CHECK(rule(files) == "ok");
  files.leaves = {files.leaf(Version::v2)};
  CHECK(rule(files) == "ok");
}

TEST_CASE("the bundle may hold several CAs, and the one that signed must be among them") {
  HostFiles files;
  const SigningKey other_key = key_from(2);
  const Certificate other =
      test::sign_nebula(Version::v1, test::nebula_ca_details(other_key), other_key);
  files.bundle = to_pem(other) + to_pem(files.ca);
  CHECK(rule(files) == "ok");
  files.bundle = to_pem(other);
  CHECK(rule(files) == "unknown CA");
}

TEST_CASE("each rule refuses its own mistake") {
  const HostFiles good;
  const auto changed = [&](auto change) {
    HostFiles files = good;
    change(files);
    return rule(files);
  };
  CHECK(changed([](HostFiles& f) { f.bundle = ""; }) == "ca bundle");
  CHECK(changed([](HostFiles& f) { f.bundle += "rubbish"; }) == "ca bundle");
  CHECK(changed([](HostFiles& f) { f.bundle = to_pem(f.leaves[0]); }) == "ca bundle");
  CHECK(changed([](HostFiles& f) { f.leaves.clear(); }) == "certificate");
  CHECK(changed([](HostFiles& f) { f.after_leaves = "rubbish"; }) == "certificate");
  CHECK(changed([](HostFiles& f) { f.leaves.push_back(f.leaves[0]); }) == "certificate versions");
  CHECK(changed([](HostFiles& f) { f.leaves = {f.ca}; }) == "is_ca");
  CHECK(changed([](HostFiles& f) { f.key_text = "rubbish"; }) == "key");
  CHECK(changed([](HostFiles& f) { f.key = 10; }) == "key pair");
  CHECK(changed([](HostFiles& f) { f.leaves[1].signature[5] ^= 1; }) == "signature");
  const auto second = [&](auto change) {
    return changed([&](HostFiles& f) { f.leaves[1] = f.leaf(Version::v2, change); });
  };
  CHECK(second([](Details&) {}) == "ok");
  CHECK(second([](Details& d) { d.name = "web2"; }) == "pair");
  CHECK(second([](Details& d) { d.groups = {"db"}; }) == "pair");
  CHECK(second([](Details& d) { d.public_key = to_bytes(key_from(3).public_key().bytes); }) ==
        "pair");
  CHECK(second([](Details& d) { d.networks[0] = prefix("10.42.0.8/16"); }) == "pair");
  CHECK(second([](Details& d) { d.not_after = nebula_now - 1; }) == "expired");
}

TEST_CASE("expired, not yet valid and blocked certificates are refused") {
  const HostFiles files;
  CHECK(rule(files, {}, now - Duration(3600)) == "expired");
  CHECK(rule(files, {}, now + Duration(8 * 86400)) == "expired");
  CHECK(rule(files, {}, now + Duration(400 * 86400)) == "CA expired");
  CHECK(rule(files, {Digest{}, fingerprint(files.leaves[1])}) == "blocked");
  CHECK(rule(files, {Digest{}}) == "ok");
}

HostIdentity identity(std::vector<Certificate> certificates) { return {std::move(certificates)}; }

TEST_CASE("other networks need a restart, other names, keys and times do not") {
  const HostFiles files;
  const auto v1 = [&](auto change) { return files.leaf(Version::v1, change); };
  const auto v2 = [&](auto change) { return files.leaf(Version::v2, change); };
  const auto same = [](Details&) {};
  const auto moved = [](Details& d) { d.networks[0] = prefix("10.42.0.8/16"); };
  const auto narrow = [](Details& d) { d.networks.resize(1); };
  const auto renewed = [](Details& d) {
    d.not_after += 5;
    d.groups = {"db"};
    d.public_key = to_bytes(key_from(3).public_key().bytes);
  };
  const HostIdentity both = identity({v1(same), v2(same)});
  CHECK(restart_reasons(both, identity({v1(renewed), v2(renewed)})).empty());
  CHECK(restart_reasons(both, identity({v1(moved), v2(moved)})).size() == 1);
  CHECK(restart_reasons(both, identity({v1(same)})).size() == 1);  // an address is gone
  CHECK(restart_reasons(identity({v1(same)}), both).size() == 1);  // an address is new
  const HostIdentity v4 = identity({v1(same), v2(narrow)});
  CHECK(restart_reasons(identity({v1(same)}), v4).empty());
  CHECK(restart_reasons(v4, identity({v1(same)})).empty());
  HostIdentity p256 = identity({v1(same)});
  p256.certificates[0].details.curve = Curve::p256;
  CHECK(restart_reasons(identity({v1(same)}), p256).size() == 1);
}

TEST_CASE("what Nebula reads only when it starts needs a restart") {
  const StartOptions before{false, "0.0.0.0", 0, ""};
  CHECK(restart_reasons(before, before).empty());
  CHECK(restart_reasons(before, StartOptions{true, "0.0.0.0", 4242, ""}).size() == 2);
  CHECK(restart_reasons(before, StartOptions{false, "::", 0, ""}).size() == 1);
  CHECK(restart_reasons(before, StartOptions{false, "0.0.0.0", 0, "nebula1"}).size() == 1);
  const StartOptions by_ipv4{false, "0.0.0.0", 0, "", Asks::ipv4};
  const StartOptions by_ipv6{false, "0.0.0.0", 0, "", Asks::ipv6};
  CHECK(restart_reasons(before, by_ipv6).empty());  // no tunnel to a lighthouse yet
  CHECK(restart_reasons(by_ipv4, by_ipv6).size() == 1);
  CHECK(restart_reasons(by_ipv6, by_ipv4).empty());
}

TEST_CASE("lighthouses keep the addresses that this host can reach") {
  const auto ip = [](std::string_view text) { return *ca::IpAddress::parse(text); };
  const std::vector<ca::Prefix> own{prefix("10.42.0.7/16"), prefix("fd42::7/64")};
  const KnownLighthouse both{"lh", {ip("fd42::1"), ip("10.42.0.1")}, {"192.0.2.1:4242"}};
  const auto kept = reachable_lighthouses({both}, own, true);
  REQUIRE(kept);
  CHECK(kept->known[0].addresses == std::vector{ip("10.42.0.1"), ip("fd42::1")});
  CHECK(reachable_lighthouses({both}, own, false)->known[0].addresses ==
        std::vector{ip("10.42.0.1")});
  CHECK(reachable_lighthouses({both}, {own[0]}, true)->known[0].addresses ==
        std::vector{ip("10.42.0.1")});
  const KnownLighthouse self{"web1", {ip("10.42.0.7")}, {"192.0.2.7:4242"}};
  CHECK(reachable_lighthouses({self, both}, own, true)->known.size() == 1);
  // One that the parties named may be for others; one that the owner named is a mistake.
  CHECK(reachable_lighthouses({{"far", {ip("10.43.0.1")}, {"192.0.2.1:1"}}, both}, own, true)
            ->known.size() == 1);
  const KnownLighthouse six{"six", {ip("fd42::9")}, {"192.0.2.9:1"}};
  const KnownLighthouse far{"far", {ip("fd43::9")}, {"192.0.2.9:1"}};
  const auto old = reachable_lighthouses({six, far, both}, own, false);
  REQUIRE(old);
  CHECK(old->known.size() == 1);
  CHECK(old->only_ipv6 == std::vector<std::string>{"six"});
  CHECK(reachable_lighthouses({six, far, both}, own, true)->only_ipv6.empty());
  const auto outside = reachable_lighthouses({{"", {ip("10.43.0.1")}, {"192.0.2.1:1"}}}, own, true);
  REQUIRE_FALSE(outside);
  CHECK(outside.error().message.find("10.43.0.1") != std::string::npos);
}

}  // namespace
}  // namespace jointca::nebula
