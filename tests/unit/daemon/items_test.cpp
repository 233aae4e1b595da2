// tests/unit/daemon/items_test.cpp — from an approved host to bytes to be signed, and back.
#include "daemon/items.h"

#include <catch2/catch.hpp>

#include "tests/support/nebula_ca.h"
#include "tests/unit/ca/approve_fixture.h"

using namespace jointca;
using namespace jointca::daemon;
using jointca::test::key_from;
using jointca::test::prefix;

namespace {

constexpr Time now = time_from_unix(jointca::test::nebula_now);

/// A CA with both families, and a proposal for a host in it.
struct Scene {
  SigningKey key = key_from(1);
  nebula::Certificate ca;
  nebula::CaPool ca_pool;
  ca::Proposal proposal = ca::test::Scene().proposal;

  Scene() {
    nebula::Details details = jointca::test::nebula_ca_details(key);
    details.networks.push_back(prefix("fd42::/64"));
    ca = jointca::test::sign_nebula(nebula::Version::v2, details, key);
    REQUIRE(ca_pool.add(ca));
    proposal.subject.not_before = now;
    proposal.subject.not_after = now + std::chrono::hours(24);
    proposal.nebula_public_key = Digest{9, 9};
  }
  Result<std::vector<Item>, ca::Refusal> items() const { return expected_items(proposal, ca); }
  std::string pem() const {
    std::string out;
    const auto all = items();
    for (const Item& item : *all)
      out += nebula::to_pem(*finished(item, key.sign(item.to_be_signed), ca_pool, now));
    return out;
  }
};

}  // namespace

TEST_CASE("a host has version 1 for IPv4 and version 2 as soon as it has IPv6") {
  CHECK(item_count({prefix("10.42.0.7/16")}) == 1);
  CHECK(item_count({prefix("fd42::7/64")}) == 1);
  CHECK(item_count({prefix("10.42.0.7/16"), prefix("fd42::7/64")}) == 2);
  const auto items = Scene().items();
  REQUIRE(items);
  REQUIRE(items->size() == 2);
  CHECK((*items)[0].kind() == "nebula-v1");
  CHECK((*items)[0].details.networks == std::vector{prefix("10.42.0.7/16")});
  CHECK((*items)[1].kind() == "nebula-v2");
  CHECK((*items)[1].details.networks == std::vector{prefix("10.42.0.7/16"), prefix("fd42::7/64")});
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
  CHECK(rule([](auto& p) { p.nebula_public_key = Digest{}; }) == "nebula.low order key");
  CHECK(rule([](auto& p) { p.subject.not_after += std::chrono::hours(24 * 366); }) ==
        "nebula.ca validity");
}

TEST_CASE("a certificate is finished by the joint key's signature only") {
  const Scene scene;
  const auto items = scene.items();
  REQUIRE(items);
  for (const Item& item : *items) {
    SignatureBytes signature = scene.key.sign(item.to_be_signed);
    CHECK(finished(item, signature, scene.ca_pool, now));
    signature[40] ^= 1;
    const auto wrong = finished(item, signature, scene.ca_pool, now);
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().code == Error::Code::verification);
    CHECK_FALSE(finished(item, key_from(2).sign(item.to_be_signed), scene.ca_pool, now));
    CHECK_FALSE(finished(item, scene.key.sign(item.to_be_signed), scene.ca_pool,
                         now + std::chrono::hours(25)));
  }
}

TEST_CASE("issued certificates say the subject that was approved") {
  const Scene scene;
  const auto subject = subject_of(scene.pem(), scene.ca, scene.proposal.nebula_public_key);
  REQUIRE(subject);
  CHECK(*subject == scene.proposal.subject);
}

TEST_CASE("certificates that do not belong to this host, authority or each other are refused") {
  const Scene scene;
  const Digest host = scene.proposal.nebula_public_key;
  const auto reason = [&](const std::string& pem, const Digest& key) {
    const auto subject = subject_of(pem, scene.ca, key);
    return subject ? "accepted" : subject.error().message;
  };
  CHECK(reason(scene.pem(), host) == "accepted");
  CHECK(reason(scene.pem(), Digest{1}) == "certificates: not of this host's key");
  CHECK(reason("", host) == "certificates: the file holds no certificate");
  CHECK(reason(scene.pem() + scene.pem(), host) == "certificates: expected one or two");
  CHECK(reason("x", host) != "accepted");

  Scene other;
  other.proposal.subject.groups = {};
  other.proposal.subject.networks = {prefix("10.42.0.7/16")};
  Scene v6;
  v6.proposal.subject.networks = {prefix("fd42::7/64")};
  CHECK(reason(other.pem() + v6.pem(), host) == "certificates: they do not belong together");

  const auto resigned = [&](nebula::Details details, const SigningKey& key) {
    return nebula::to_pem(jointca::test::sign_nebula(nebula::Version::v1, details, key));
  };
  nebula::Details details = other.items()->front().details;
  CHECK(reason(resigned(details, scene.key), host) == "accepted");
  CHECK(reason(resigned(details, key_from(2)), host) ==
        "certificates: not issued by this authority");
  details.issuer = Bytes(32, 1);
  CHECK(reason(resigned(details, scene.key), host) == "certificates: not issued by this authority");
  details = other.items()->front().details;
  details.is_ca = true;
  CHECK(reason(resigned(details, scene.key), host) == "certificates: not of this host's key");
}
