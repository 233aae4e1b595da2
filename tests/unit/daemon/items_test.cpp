// tests/unit/daemon/items_test.cpp — from an approved host to bytes to be signed, and back.
#include "daemon/items.h"

#include <catch2/catch.hpp>

#include "nebula-adapter/pem.h"
#include "tests/support/nebula_ca.h"
#include "tests/unit/ca/approve_fixture.h"
#include "x509-adapter/issue.h"

using namespace jointca;
using namespace jointca::daemon;
using jointca::test::key_from;
using jointca::test::prefix;

namespace {

constexpr Time now = time_from_unix(jointca::test::nebula_now);

/// A CA with both families, and a proposal for a host in it.
struct Scene {
  SigningKey key = key_from(1);
  std::optional<nebula::Succession> succession;
  Digest authority{7};
  issued::Keys keys{key.public_key()};
  ca::Proposal proposal = ca::test::Scene().proposal;
  std::vector<ca::Prefix> networks{prefix("10.42.0.0/16"), prefix("fd42::/64")};
  x509::Details anchor;

  Scene() {
    nebula::Details details = jointca::test::nebula_ca_details(key);
    details.networks.push_back(prefix("fd42::/64"));
    auto made = nebula::Succession::from_pem(
        {nebula::to_pem(jointca::test::sign_nebula(nebula::Version::v2, details, key))});
    REQUIRE(made);
    succession = *std::move(made);
    proposal.subject.not_before = now;
    proposal.subject.not_after = now + std::chrono::hours(24);
    proposal.kinds = {ca::Kind::nebula};
    proposal.keys[ca::Kind::nebula].public_key = Digest{9, 9};
    anchor = x509::authority_anchor(
        authority, {networks, {}, succession->not_before(), succession->not_after()},
        keys.of("x509"));
  }
  Issuer issuer() const { return {authority, *succession, anchor, networks, keys}; }
  void ask_for_x509() { proposal.keys[ca::Kind::x509].public_key = key_from(5).public_key().bytes; }
  Result<std::vector<Item>, ca::Refusal> items() const {
    return expected_items(proposal, issuer());
  }
};

}  // namespace

TEST_CASE("a host has version 1 for IPv4 and version 2 as soon as it has IPv6") {
  const auto items = Scene().items();
  REQUIRE(items);
  REQUIRE(items->size() == 2);
  CHECK((*items)[0].kind() == "nebula-v1");
  CHECK(issued::networks_of((*items)[0].statement) == std::vector{prefix("10.42.0.7/16")});
  CHECK((*items)[1].kind() == "nebula-v2");
  CHECK(issued::networks_of((*items)[1].statement) ==
        std::vector{prefix("10.42.0.7/16"), prefix("fd42::7/64")});
}

TEST_CASE("every kind that is asked for has its items, under the key of its purpose") {
  Scene scene;
  scene.proposal.keys[ca::Kind::nebula].endpoint = "192.0.2.7:4242";
  scene.proposal.keys[ca::Kind::wireguard] = {Digest{9, 8}, "192.0.2.7:51820"};
  scene.proposal.lighthouse = true;
  scene.ask_for_x509();
  const auto items = scene.items();
  REQUIRE(items);
  std::vector<std::string> kinds;
  for (const Item& item : *items) {
    kinds.push_back(item.kind());
    CHECK(*issued::parse_statement(item.kind(), item.to_be_signed) == item.statement);
    if (issued::is_of_a_host(item.kind()))
      CHECK(issued::name_of(item.statement) == scene.proposal.subject.name);
  }
  CHECK(kinds == std::vector<std::string>{"nebula-v1", "nebula-v2", "lighthouse", "wireguard",
                                          "x509-anchor", "x509"});
  CHECK(items->size() == issued::statements_per_host_max);
  CHECK(issued::purpose_of("nebula-v1").empty());
  CHECK(scene.keys.of("wireguard") != scene.keys.of("lighthouse"));
  CHECK(scene.keys.of("wireguard") != scene.keys.of("nebula-v2"));
  CHECK(scene.keys.of("x509") == scene.keys.of("x509-anchor"));
  CHECK(scene.keys.of("x509") != scene.keys.of("nebula-v1"));
  CHECK(scene.keys.of("x509") != scene.keys.of("wireguard"));
  const auto& lighthouse = std::get<nebula::Lighthouse>((*items)[2].statement.content);
  CHECK(lighthouse.endpoint == "192.0.2.7:4242");
  CHECK(lighthouse.serial == scene.proposal.request);
  // The key of certificates signs nothing else.
  for (std::size_t i = 2; i < items->size(); ++i) {
    const Item& item = (*items)[i];
    CHECK_FALSE(finished(item, scene.key.sign(item.to_be_signed), scene.keys,
                         scene.succession->pool(), now));
  }
  scene.proposal.keys.erase(ca::Kind::nebula);
  REQUIRE(scene.items());
  CHECK(scene.items()->size() == 3);
}

TEST_CASE("a host that asks for X.509 has the authority's anchor and a leaf of its own under it") {
  Scene scene;
  scene.proposal.keys.clear();
  scene.ask_for_x509();
  const auto items = scene.items();
  REQUIRE(items);
  REQUIRE(items->size() == 2);
  const auto& anchor = std::get<x509::Certificate>((*items)[0].statement.content).details();
  const auto& leaf = std::get<x509::Certificate>((*items)[1].statement.content).details();
  CHECK(anchor == scene.anchor);
  CHECK(anchor.key == x509::certified(scene.keys.of("x509")));
  CHECK(leaf.dns_names == std::vector<std::string>{ca::name_key(scene.proposal.subject.name)});
  CHECK(leaf.key.bytes == to_bytes(key_from(5).public_key().bytes));
  CHECK(leaf.not_before == scene.proposal.subject.not_before);
  CHECK(leaf.not_after == scene.proposal.subject.not_after);
  // Its addresses have no length, and are still the host's in the overlay.
  CHECK(issued::networks_of((*items)[1].statement) ==
        std::vector{prefix("10.42.0.7/32"), prefix("fd42::7/128")});
  CHECK(networks_of((*items)[1].statement, scene.issuer()) == scene.proposal.subject.networks);
  Scene nested;  // of two networks around an address, the authority's first counts
  nested.networks = {prefix("10.42.0.0/24"), prefix("10.42.0.0/16"), prefix("fd42::/64")};
  CHECK(networks_of((*items)[1].statement, nested.issuer()) ==
        std::vector{prefix("10.42.0.7/24"), prefix("fd42::7/64")});
  CHECK(issued::entry_subject((*items)[0].statement).networks.empty());
  // Another request is another serial; the anchor stays.
  scene.proposal.request[0] ^= 1;
  const auto other = scene.items();
  REQUIRE(other);
  CHECK((*other)[0].to_be_signed == (*items)[0].to_be_signed);
  CHECK((*other)[1].to_be_signed != (*items)[1].to_be_signed);
}

TEST_CASE("the items of one proposal are the same bytes for every signer") {
  const Scene scene;
  const auto once = scene.items(), again = scene.items();
  REQUIRE((once && again));
  for (std::size_t i = 0; i < once->size(); ++i)
    CHECK((*once)[i].to_be_signed == (*again)[i].to_be_signed);
}

TEST_CASE("what Nebula leaves to the CA is refused under the name of the rule") {
  const auto rule = [](auto change) {
    Scene scene;
    change(scene.proposal);
    const auto items = scene.items();
    return items ? "accepted" : items.error().rule;
  };
  CHECK(rule([](auto&) {}) == "accepted");
  CHECK(rule([](auto& p) { p.subject.networks = {prefix("10.43.0.7/16")}; }) == "nebula.overlay");
  CHECK(rule([](auto& p) { p.subject.networks = {prefix("10.42.0.0/16")}; }) ==
        "nebula.network address");
  CHECK(rule([](auto& p) { p.subject.networks = {prefix("10.42.255.255/16")}; }) ==
        "nebula.broadcast address");
  CHECK(rule([](auto& p) { p.subject.groups = {"other"}; }) == "nebula.ca group");
  CHECK(rule([](auto& p) { p.subject.name = ""; }) == "nebula.name");
  CHECK(rule([](auto& p) { p.keys[ca::Kind::nebula].public_key = Digest{}; }) ==
        "nebula.low order key");
  CHECK(rule([](auto& p) {
          p.keys[ca::Kind::wireguard] = {Digest{}, ""};
        }) == "wireguard.low order key");
  CHECK(rule([](auto& p) {
          p.keys[ca::Kind::wireguard] = {Digest{9}, "nowhere"};
        }) == "wireguard.endpoint");
  CHECK(rule([](auto& p) { p.lighthouse = true; }) == "lighthouse.endpoint");
  const auto with_x509 = [&](auto change) {
    return rule([&](auto& p) {
      p.keys.clear();
      p.keys[ca::Kind::x509].public_key = key_from(5).public_key().bytes;
      change(p);
    });
  };
  CHECK(with_x509([](auto&) {}) == "accepted");
  CHECK(with_x509([](auto& p) { p.subject.name = "web_1"; }) == "x509.dns name");
  CHECK(with_x509([](auto& p) { p.subject.name = std::string(65, 'a'); }) == "x509.name");
  CHECK(with_x509([](auto& p) { p.subject.networks = {prefix("10.43.0.7/16")}; }) ==
        "x509.network");
  CHECK(with_x509([](auto& p) { p.keys[ca::Kind::x509].public_key = Digest{}; }) == "x509.key");
  CHECK(with_x509([](auto& p) { p.subject.not_after += std::chrono::hours(24 * 366); }) ==
        "x509.anchor validity");
  CHECK(rule([](auto& p) { p.subject.not_after += std::chrono::hours(24 * 366); }) ==
        "nebula.ca validity");
}

TEST_CASE("a certificate is finished by the joint key's signature only") {
  Scene scene;
  const auto items = scene.items();
  REQUIRE(items);
  for (const Item& item : *items) {
    SignatureBytes signature = scene.key.sign(item.to_be_signed);
    CHECK(finished(item, signature, scene.keys, scene.succession->pool(), now));
    signature[40] ^= 1;
    const auto wrong = finished(item, signature, scene.keys, scene.succession->pool(), now);
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().code == Error::Code::verification);
    CHECK_FALSE(finished(item, key_from(2).sign(item.to_be_signed), scene.keys,
                         scene.succession->pool(), now));
    CHECK_FALSE(finished(item, scene.key.sign(item.to_be_signed), scene.keys,
                         scene.succession->pool(), now + std::chrono::hours(25)));
  }
}
