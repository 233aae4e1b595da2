// tests/unit/wg-adapter/select_test.cpp — which bindings become peers, and each rule by which one
// does not.
#include "wg-adapter/select.h"

#include <catch2/catch.hpp>

#include "tests/support/bindings.h"

namespace jointca::wireguard {
namespace {

using test::bindings_now;

Opened opened(const Binding& binding) { return {binding, fingerprint(binding)}; }

/// Hosts 1 (this one), 2 and 3, of which tests change something.
struct Scene {
  Binding own = test::binding(1);
  std::vector<Binding> bindings{test::binding(1), test::binding(2), test::binding(3)};
  std::set<Digest> revoked;
  Time now = bindings_now;

  [[nodiscard]] Selection select() const {
    std::vector<Opened> all;
    for (const Binding& binding : bindings) all.push_back(opened(binding));
    return select_peers(opened(own), all, revoked, now);
  }
  /// "host-2 host-3" in the order of their names.
  [[nodiscard]] std::string peers() const {
    std::set<std::string> names;
    for (const PeerSettings& peer : select().peers) names.insert(peer.name);
    std::string out;
    for (const std::string& name : names) out += (out.empty() ? "" : " ") + name;
    return out;
  }
  /// "host-2: expired" for each that is left out.
  [[nodiscard]] std::multiset<std::string> left_out() const {
    std::multiset<std::string> out;
    for (const LeftOut& one : select().left_out) out.insert(one.name + ": " + one.rule);
    return out;
  }
};
using Rules = std::multiset<std::string>;

TEST_CASE("every other host is a peer with its host addresses") {
  Scene scene;
  scene.bindings[1].networks.push_back(*ca::Prefix::parse("fd77::2/64"));
  const Selection selection = scene.select();
  REQUIRE(selection.peers.size() == 2);
  CHECK(selection.left_out.empty());
  CHECK(selection.own_problem.empty());
  CHECK(selection.peers[0].public_key < selection.peers[1].public_key);
  const PeerSettings& peer = selection.peers[selection.peers[0].name == "host-2" ? 0 : 1];
  CHECK(peer.public_key == test::binding(2).public_key);
  CHECK(peer.fingerprint == fingerprint(scene.bindings[1]));
  CHECK(peer.allowed_ips ==
        std::vector{*ca::Prefix::parse("10.42.0.2/32"), *ca::Prefix::parse("fd77::2/128")});
  CHECK(peer.endpoint == "192.0.2.1:2");
  CHECK(peer.keepalive == 0);
}

TEST_CASE("a host without an endpoint keeps its ways open to those who have one") {
  Scene scene;
  scene.own.endpoint = "";
  scene.bindings[1].endpoint = "";
  for (const PeerSettings& peer : scene.select().peers)
    CHECK(peer.keepalive == (peer.name == "host-3" ? keepalive_seconds : 0));
}

TEST_CASE("a binding that ended, has not begun or was revoked is no peer") {
  Scene scene;
  scene.bindings[1].not_after = bindings_now;
  scene.bindings[2].not_before = bindings_now + Duration(1);
  CHECK(scene.peers().empty());
  CHECK(scene.left_out() == Rules{"host-2: expired", "host-3: not yet valid"});
  Scene revoked;
  revoked.revoked = {fingerprint(revoked.bindings[2])};
  CHECK(revoked.peers() == "host-2");
  CHECK(revoked.left_out() == Rules{"host-3: revoked"});
}

TEST_CASE("without a binding of its own that holds, a host has no peers") {
  Scene scene;
  scene.revoked = {fingerprint(scene.own)};
  CHECK(scene.peers().empty());
  CHECK(scene.select().own_problem == "revoked");
  Scene late;
  late.own.not_after = bindings_now;
  CHECK(late.select().own_problem == "expired");
  CHECK(late.peers().empty());
  Scene early;
  early.own.not_before = bindings_now + Duration(1);
  CHECK(early.select().own_problem == "not yet valid");
  CHECK(early.peers().empty());
}

TEST_CASE("of a host that was renewed or has a new key the newest binding counts") {
  for (const bool newest_first : {false, true}) {
    Scene scene;
    Binding renewed = scene.bindings[1];
    renewed.not_before += Duration(60);
    renewed.public_key = test::binding(9).public_key;
    scene.now += Duration(120);
    scene.bindings.insert(newest_first ? scene.bindings.begin() : scene.bindings.end(), renewed);
    const Selection selection = scene.select();
    CHECK(scene.peers() == "host-2 host-3");
    CHECK(selection.left_out.empty());
    CHECK(std::any_of(selection.peers.begin(), selection.peers.end(),
                      [&](const auto& peer) { return peer.public_key == renewed.public_key; }));
  }
}

TEST_CASE("a newer binding that does not hold yet, or any more, leaves the older one in place") {
  Scene scene;
  Binding renewed = scene.bindings[1];
  renewed.not_before += Duration(60);
  scene.bindings.push_back(renewed);
  CHECK(scene.peers() == "host-2 host-3");
  scene.now += Duration(120);
  scene.revoked = {fingerprint(renewed)};
  CHECK(scene.peers() == "host-2 host-3");
}

TEST_CASE("one binding twice is one binding") {
  Scene scene;
  scene.bindings.push_back(scene.bindings[1]);
  CHECK(scene.peers() == "host-2 host-3");
  CHECK(scene.left_out().empty());
}

TEST_CASE("two bindings of one name and beginning are both left out") {
  Scene scene;
  Binding rival = scene.bindings[1];
  rival.public_key = test::binding(9).public_key;
  scene.bindings.push_back(rival);
  CHECK(scene.peers() == "host-3");
  CHECK(scene.left_out() == Rules{"host-2: same name", "host-2: same name"});
}

TEST_CASE("names are compared without regard to case") {
  Scene scene;
  Binding rival = scene.bindings[1];
  rival.name = "HOST-2";
  rival.not_before -= Duration(1);
  scene.bindings.push_back(rival);
  scene.bindings[0].name = "Host-1";
  CHECK(scene.peers() == "host-2 host-3");
  CHECK(scene.left_out().empty());
}

TEST_CASE("another host with this host's key or address is left out") {
  Scene scene;
  scene.bindings[1].public_key = scene.own.public_key;
  scene.bindings[2].networks.push_back(scene.own.networks[0]);
  CHECK(scene.peers().empty());
  CHECK(scene.left_out() == Rules{"host-2: own key", "host-3: own address"});
}

TEST_CASE("two hosts with one key or one address are both left out, whichever is newer") {
  Scene keys;
  keys.bindings[2].public_key = keys.bindings[1].public_key;
  keys.bindings[2].not_before -= Duration(60);
  CHECK(keys.peers().empty());
  CHECK(keys.left_out() == Rules{"host-2: same key", "host-3: same key"});
  Scene addresses;
  addresses.bindings.push_back(test::binding(4));
  addresses.bindings[3].networks = {{addresses.bindings[1].networks[0].address, 24}};
  addresses.bindings[3].not_before += Duration(60);
  addresses.now += Duration(120);
  CHECK(addresses.peers() == "host-3");
  CHECK(addresses.left_out() == Rules{"host-2: overlap", "host-4: overlap"});
  addresses.revoked = {fingerprint(addresses.bindings[3])};
  CHECK(addresses.peers() == "host-2 host-3");
}

TEST_CASE("the next change is the next beginning or end of a binding") {
  Scene scene;
  CHECK(scene.select().next_change == scene.own.not_after);
  scene.bindings[1].not_after = bindings_now + Duration(50);
  CHECK(scene.select().next_change == bindings_now + Duration(50));
  scene.bindings[2].not_before = bindings_now + Duration(40);
  CHECK(scene.select().next_change == bindings_now + Duration(40));
  scene.now = bindings_now + Duration(50);
  CHECK(scene.select().next_change == scene.own.not_after);
  scene.now = scene.own.not_after;
  CHECK(scene.select().next_change == Time::max());
}

}  // namespace
}  // namespace jointca::wireguard
