// tests/unit/wg-adapter/plan_test.cpp — what is done to an interface, and what is never touched.
#include "wg-adapter/plan.h"

#include <catch2/catch.hpp>

#include "tests/support/bindings.h"

namespace jointca::wireguard {
namespace {

PeerSettings settings(std::uint16_t number) {
  const Binding binding = test::binding(number);
  return {binding.name,       fingerprint(binding),
          binding.public_key, {{binding.networks[0].address, 32}},
          binding.endpoint,   0};
}

/// The peer as an interface shows it once it has these settings.
Peer present(const PeerSettings& peer) {
  return {peer.public_key, peer.endpoint, peer.allowed_ips, peer.keepalive, 0};
}

OwnedPeers owned(const std::vector<PeerSettings>& peers) {
  OwnedPeers out;
  for (const PeerSettings& peer : peers) out.emplace(peer.public_key, peer.endpoint);
  return out;
}

Device device(const std::vector<PeerSettings>& peers) {
  Device out;
  for (const PeerSettings& peer : peers) out.peers.push_back(present(peer));
  return out;
}

const std::vector<PeerSettings> two{settings(2), settings(3)};

TEST_CASE("missing peers are added, and are ours then") {
  const Plan plan = plan_changes(two, {}, {});
  CHECK(plan.added == two);
  CHECK(plan.changed.empty());
  CHECK(plan.removed.empty());
  CHECK(plan.owned == owned(two));
}

TEST_CASE("an interface that is as it should be is left alone") {
  const Plan plan = plan_changes(two, owned(two), device(two));
  CHECK(plan.is_empty());
  CHECK(plan.owned == owned(two));
}

TEST_CASE("peers of ours that are wanted no more are removed") {
  const Plan plan = plan_changes({two[1]}, owned(two), device(two));
  CHECK(plan.removed == std::vector{two[0].public_key});
  CHECK(plan.owned == owned({two[1]}));
  CHECK(plan_changes({}, owned(two), {}).is_empty());  // they are gone already
}

TEST_CASE("peers that are not ours are neither changed nor removed") {
  const Plan plan = plan_changes({two[1]}, {}, device({two[0]}));
  CHECK(plan.removed.empty());
  CHECK(plan.added == std::vector{two[1]});
  CHECK_FALSE(plan.owned.contains(two[0].public_key));
}

TEST_CASE("a peer with other addresses or another keepalive is changed") {
  Device other = device(two);
  other.peers[0].allowed_ips = {{*ca::IpAddress::parse("10.42.9.9"), 32}};
  Plan plan = plan_changes(two, owned(two), other);
  REQUIRE(plan.changed.size() == 1);
  CHECK(plan.changed[0].allowed_ips == two[0].allowed_ips);
  CHECK(plan.changed[0].endpoint.empty());
  other = device(two);
  other.peers[1].keepalive = 25;
  plan = plan_changes(two, owned(two), other);
  REQUIRE(plan.changed.size() == 1);
  CHECK(plan.changed[0].keepalive == 0);
}

TEST_CASE("a peer that roamed stays where it is, until its binding names another endpoint") {
  Device roamed = device(two);
  roamed.peers[0].endpoint = "198.51.100.7:1234";
  CHECK(plan_changes(two, owned(two), roamed).is_empty());
  auto moved = two;
  moved[0].endpoint = "192.0.2.99:1";
  const Plan plan = plan_changes(moved, owned(two), roamed);
  CHECK(plan.changed == std::vector{moved[0]});
  CHECK(plan.owned == owned(moved));
  auto silent = two;
  silent[0].endpoint = "";
  CHECK(plan_changes(silent, owned(two), roamed).is_empty());
  Device lost = device(two);
  lost.peers[0].endpoint = "";
  CHECK(plan_changes(two, owned(two), lost).changed == std::vector{two[0]});
}

TEST_CASE("a key that is on the interface and not ours is left out") {
  const Plan plan = plan_changes(two, owned({two[1]}), device(two));
  CHECK(plan.is_empty());
  REQUIRE(plan.left_out.size() == 1);
  CHECK(plan.left_out[0].rule == "foreign key");
  CHECK(plan.left_out[0].name == "host-2");
  CHECK(plan.left_out[0].fingerprint == to_hex(two[0].fingerprint));
  CHECK_FALSE(plan.owned.contains(two[0].public_key));
}

TEST_CASE(
    "an address in the allowed IPs of a foreign peer is left out, and removed if it was ours") {
  for (const char* taken : {"10.42.0.2/32", "10.42.0.0/24", "0.0.0.0/0"}) {
    Device shared = device(two);
    shared.peers.push_back({Digest{9}, "", {*ca::Prefix::parse(taken)}, 0, 0});
    const Plan plan = plan_changes(two, owned(two), shared);
    REQUIRE_FALSE(plan.left_out.empty());
    CHECK(plan.left_out[0].rule == "foreign overlap");
    CHECK(plan.left_out[0].name == "host-2");
    CHECK(plan.removed[0] == two[0].public_key);
  }
  Device beside = device({});
  beside.peers.push_back({Digest{9}, "", {*ca::Prefix::parse("10.43.0.0/16")}, 0, 0});
  beside.peers.push_back({Digest{8}, "", {*ca::Prefix::parse("::/0")}, 0, 0});
  CHECK(plan_changes(two, {}, beside).added == two);
}

}  // namespace
}  // namespace jointca::wireguard
