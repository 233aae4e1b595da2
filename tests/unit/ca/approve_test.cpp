// tests/unit/ca/approve_test.cpp — every rule of approve(), in a case where it alone refuses.
#include "ca/approve.h"

#include <type_traits>

#include <catch2/catch.hpp>

#include "ca/did.h"
#include "tests/unit/ca/approve_fixture.h"

using namespace jointca;
using namespace jointca::ca;
using namespace jointca::ca::test;

static_assert(!std::is_default_constructible_v<Approved>);
static_assert(!std::is_constructible_v<Approved, Proposal, std::string, std::string>);

TEST_CASE("a proposal that everything allows is approved by the policy") {
  const Scene scene;
  const Decision decision = scene.decide();
  REQUIRE(std::holds_alternative<Approved>(decision));
  const auto& approved = std::get<Approved>(decision);
  CHECK(approved.by() == "policy");
  CHECK(approved.rule() == "default");
  CHECK(approved.proposal().subject == scene.proposal.subject);
}

TEST_CASE("name.charset refuses a name that Nebula would take") {
  for (const char* name : {"", "a b", "-a", "a\nb", "a,b"}) {
    Scene scene;
    scene.proposal.subject.name = scene.proposal.voucher.terms.name = name;
    CHECK(scene.verdict() == "name.charset");
  }
}

TEST_CASE("name.not_allowed refuses a name outside the policy's patterns") {
  Scene scene;
  scene.policy.base.names = {"db-*"};
  CHECK(scene.verdict() == "name.not_allowed");
  scene.policy.base.names = {"db-*", "WEB-?"};
  CHECK(scene.verdict() == "approved");
}

TEST_CASE("name.in_use refuses while another host lives under the name") {
  Scene scene;
  scene.proposal.subject.name = scene.proposal.voucher.terms.name = "WEB-1";
  scene.registry.names["web-1"] = {PublicKey{Digest{7}}, "web-1", now + hours(1)};
  CHECK(scene.verdict() == "name.in_use");
  CHECK_FALSE(scene.refusal().final);
  scene.registry.names["web-1"].until = now - hours(1);
  CHECK(scene.verdict() == "approved");
  scene.registry.names["web-1"] = {scene.proposal.host_identity, "web-1", now + hours(1)};
  CHECK(scene.verdict() == "approved");
}

TEST_CASE("name.in_use covers the minute by which a certificate is dated back") {
  Scene scene;
  scene.registry.names["web-1"] = {PublicKey{Digest{7}}, "web-1", now - Duration(30)};
  CHECK(scene.verdict() == "name.in_use");
}

TEST_CASE("address.in_use names the address, so that another can be tried") {
  Scene scene;
  scene.registry.addresses[ip("fd42::7")] = {PublicKey{Digest{7}}, "db-1", now + hours(1)};
  CHECK(scene.verdict() == "address.in_use");
  CHECK(scene.refusal().taken == ip("fd42::7"));
  CHECK_FALSE(scene.refusal().final);
  scene.proposal.subject.networks[1] = net("fd42::8/64");
  CHECK(scene.verdict() == "approved");
}

TEST_CASE("address.outside refuses what the authority or the policy does not span") {
  Scene scene;
  scene.proposal.subject.networks = {net("10.43.0.7/16")};
  CHECK(scene.verdict() == "address.outside");
  scene.proposal.subject.networks = {net("10.42.0.7/16")};
  scene.policy.base.networks = {net("10.42.9.0/24")};
  CHECK(scene.verdict() == "address.outside");
  CHECK_FALSE(scene.refusal().final);
  scene.proposal.voucher.terms.addresses = {ip("10.42.0.7")};
  CHECK(scene.refusal().final);
  scene.policy.base.networks = {net("10.42.0.0/24")};
  CHECK(scene.verdict() == "approved");
}

TEST_CASE("address.network refuses other prefix lengths and addresses of no host") {
  for (const char* host : {"10.42.0.7/24", "10.42.0.7/8", "10.42.0.0/16", "10.42.255.255/16",
                           "fd42::/64", "fd42::7/128"}) {
    Scene scene;
    scene.proposal.subject.networks = {net(host)};
    CHECK(scene.verdict() == "address.network");
  }
  Scene zero;
  zero.constraints.networks = {net("0.0.0.0/0")};
  zero.proposal.subject.networks = {net("0.0.0.0/0")};
  CHECK(zero.verdict() == "address.network");
}

TEST_CASE("address.network refuses no address, and two in one network") {
  Scene scene;
  scene.proposal.subject.networks = {};
  CHECK(scene.verdict() == "address.network");
  scene.proposal.subject.networks = {net("10.42.0.7/16"), net("10.42.0.8/16")};
  CHECK(scene.verdict() == "address.network");
}

TEST_CASE("endpoint.inside refuses an endpoint in the overlay that is reached through it") {
  Scene scene;
  ca::HostKey& key = scene.proposal.keys[Kind::wireguard];
  for (const char* outside : {"", "192.0.2.1:51820", "10.43.0.1:51820", "[fd43::1]:51820"}) {
    key.endpoint = outside;
    CHECK(scene.verdict() == "approved");
  }
  for (const char* inside : {"10.42.0.7:51820", "10.42.255.254:1", "[fd42::7]:51820"}) {
    key.endpoint = inside;
    CHECK(scene.verdict() == "endpoint.inside");
  }
}

TEST_CASE("groups.not_allowed refuses by authority, by policy and by form") {
  const auto with = [](std::vector<std::string> groups) {
    Scene scene;
    scene.proposal.subject.groups = scene.proposal.voucher.terms.groups = std::move(groups);
    return scene;
  };
  CHECK(with({"admin"}).verdict() == "groups.not_allowed");
  CHECK(with({"web", "web"}).verdict() == "groups.not_allowed");
  CHECK(with({}).verdict() == "approved");
  Scene form = with({"a,b"});
  form.constraints.groups = {};
  CHECK(form.verdict() == "groups.not_allowed");
  Scene policy = with({"web", "db"});
  policy.policy.base.groups = {"w*"};
  CHECK(policy.verdict() == "groups.not_allowed");
  policy.policy.base.groups = {"w*", "d?"};
  CHECK(policy.verdict() == "approved");
  std::vector<std::string> many;
  for (std::size_t i = 0; i <= host_groups_max; ++i) many.push_back("g" + std::to_string(i));
  Scene count = with(many);
  count.constraints.groups = {};
  CHECK(count.verdict() == "groups.not_allowed");
}

TEST_CASE("kind.not_allowed refuses a kind that the policy does not name, and none at all") {
  Scene scene;
  scene.policy.base.kinds = {Kind::wireguard};
  CHECK(scene.verdict() == "kind.not_allowed");
  scene.policy.base.kinds = std::nullopt;
  scene.proposal.kinds = {};
  CHECK(scene.verdict() == "kind.not_allowed");
}

TEST_CASE("ttl.too_long refuses a life above the policy's, backdating not counted") {
  Scene scene;
  scene.policy.base.max_ttl = hours(23);
  CHECK(scene.verdict() == "ttl.too_long");
  scene.policy.base.max_ttl = hours(24);
  scene.proposal.subject.not_after = now + hours(24);
  CHECK(scene.verdict() == "approved");
}

TEST_CASE("validity.clock refuses a beginning far from now") {
  for (const int seconds : {-301, 301}) {
    Scene scene;
    scene.proposal.subject.not_before = now - backdating + Duration(seconds);
    scene.proposal.subject.not_after = now + hours(20);
    CHECK(scene.verdict() == "validity.clock");
  }
  for (const int seconds : {-300, 300}) {
    Scene scene;
    scene.proposal.subject.not_before = now - backdating + Duration(seconds);
    scene.proposal.subject.not_after = now + hours(24) + Duration(std::min(seconds, 0));
    CHECK(scene.verdict() == "approved");
  }
}

TEST_CASE("validity.clock refuses what is no interval, or over") {
  const auto verdict = [](std::int64_t begin, std::int64_t end) {
    Scene scene;
    scene.proposal.subject.not_before = time_from_unix(begin);
    scene.proposal.subject.not_after = time_from_unix(end);
    return scene.verdict();
  };
  const std::int64_t at = unix_seconds(now);
  constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t highest = std::numeric_limits<std::int64_t>::max();
  CHECK(verdict(at, at) == "validity.clock");
  CHECK(verdict(at - 100, at) == "validity.clock");
  CHECK(verdict(lowest, highest) == "validity.clock");
  CHECK(verdict(at, highest) == "validity.clock");
  CHECK(verdict(lowest, at + 10) == "validity.clock");
}

TEST_CASE("validity.outside_ca refuses to outlive or precede the CA") {
  Scene scene;
  scene.constraints.not_after = now + hours(23);
  CHECK(scene.verdict() == "validity.outside_ca");
  scene.constraints.not_after = now + hours(1000);
  scene.constraints.not_before = now;
  CHECK(scene.verdict() == "validity.outside_ca");
}

TEST_CASE("invitation.expired refuses a new request after the expiry") {
  Scene scene;
  scene.proposal.voucher.terms.expires = now - Duration(1);
  CHECK(scene.verdict() == "invitation.expired");
  scene.proposal.voucher.terms.expires = now;
  CHECK(scene.verdict() == "approved");
}

TEST_CASE("invitation.used refuses a different request under a used invitation") {
  Scene scene;
  scene.registry.uses = 1;
  CHECK(scene.verdict() == "invitation.used");
  scene.proposal.voucher.terms.uses = 2;
  CHECK(scene.verdict() == "approved");
}

TEST_CASE("invitation.terms refuses whatever goes beyond the invitation") {
  const auto verdict = [](auto bend) {
    Scene scene;
    bend(scene.proposal);
    return scene.verdict();
  };
  CHECK(verdict([](Proposal& p) { p.subject.name = "web-2"; }) == "invitation.terms");
  CHECK(verdict([](Proposal& p) { p.subject.groups = {"web", "db"}; }) == "invitation.terms");
  CHECK(verdict([](Proposal& p) { p.subject.groups = {}; }) == "invitation.terms");
  CHECK(verdict([](Proposal& p) { p.kinds = {Kind::x509}; }) == "invitation.terms");
  CHECK(verdict([](Proposal& p) { p.voucher.terms.addresses = {ip("10.42.0.8")}; }) ==
        "invitation.terms");
  CHECK(verdict([](Proposal& p) { p.voucher.terms.ttl = hours(23); }) == "invitation.terms");
  CHECK(verdict([](Proposal& p) { p.voucher.terms.addresses = {ip("10.42.0.7")}; }) == "approved");
}

TEST_CASE("invitation.inviter refuses a party that may not invite") {
  Scene scene;
  scene.policy.base.invite_from = {"beta", "gamma"};
  CHECK(scene.verdict() == "invitation.inviter");
  scene.policy.base.invite_from = {"alph?"};
  CHECK(scene.verdict() == "approved");
}

TEST_CASE("request.terms_changed gives back what was logged for the request") {
  Scene scene;
  Subject logged = scene.proposal.subject;
  logged.networks[0] = net("10.42.0.6/16");
  scene.registry.logged = logged;
  CHECK(scene.verdict() == "request.terms_changed");
  CHECK(scene.refusal().recorded == logged);
  CHECK_FALSE(scene.refusal().final);
}

TEST_CASE("a retry in the same terms is approved after expiry, without operator or rate") {
  Scene scene;
  scene.registry.logged = scene.proposal.subject;
  scene.policy.base.approve = Approval::ask;
  scene.policy.base.rate_limit = RateLimit{0, hours(1)};
  scene.proposal.voucher.terms.expires = now - hours(1);
  CHECK(scene.verdict() == "approved");
  const Decision later =
      approve(scene.proposal, scene.policy, scene.constraints, scene.registry, now + hours(2));
  CHECK(std::holds_alternative<Approved>(later));
}

TEST_CASE("a retry is still refused when the host was revoked, denied, or it is over") {
  Scene scene;
  scene.registry.logged = scene.proposal.subject;
  scene.registry.revoked = true;
  CHECK(scene.verdict() == "host.revoked");
  scene.registry.revoked = false;
  scene.registry.decisions[scene.proposal.request] = {false, "no"};
  CHECK(scene.verdict() == "operator.denied");
  scene.registry.decisions.clear();
  scene.registry.addresses[ip("10.42.0.7")] = {PublicKey{Digest{7}}, "db-1", now + hours(1)};
  CHECK(scene.verdict() == "address.in_use");
  scene.registry.addresses.clear();
  scene.registry.issued = true;
  const Decision over = approve(scene.proposal, scene.policy, scene.constraints, scene.registry,
                                scene.proposal.subject.not_after);
  CHECK(std::get<Refusal>(over).rule == "validity.clock");
}

TEST_CASE("an intent that came to nothing binds no longer than its terms") {
  Scene scene;
  scene.registry.logged = scene.proposal.subject;
  scene.registry.logged->not_after = now;
  CHECK(scene.verdict() == "approved");
  scene.registry.issued = true;
  CHECK(scene.verdict() == "request.terms_changed");
}

TEST_CASE("terms that others issued do not speak for this party") {
  Scene scene;
  scene.registry.logged = scene.proposal.subject;
  scene.registry.own = false;
  scene.registry.issued = true;
  scene.policy.base.approve = Approval::ask;
  CHECK(scene.verdict() == "held");
}

TEST_CASE("validity.too_short refuses much less than the invitation grants") {
  Scene scene;
  scene.proposal.subject.not_after = now + hours(24) - clock_skew_max;
  CHECK(scene.verdict() == "approved");
  scene.proposal.subject.not_after -= Duration(1);
  CHECK(scene.verdict() == "validity.too_short");
}

TEST_CASE("host.revoked refuses a revoked host under any invitation") {
  Scene scene;
  scene.registry.revoked = true;
  CHECK(scene.verdict() == "host.revoked");
  CHECK(scene.refusal().final);
}

TEST_CASE("host.not_allowed refuses a did:key that the policy does not name") {
  Scene scene;
  scene.policy.base.dids = {"did:key:z6Mkother"};
  CHECK(scene.verdict() == "host.not_allowed");
  scene.policy.base.dids = {did_key(scene.proposal.host_identity)};
  CHECK(scene.verdict() == "approved");
}

TEST_CASE("rate.limit refuses when the window is full") {
  Scene scene;
  scene.policy.base.rate_limit = RateLimit{2, hours(1)};
  scene.registry.approvals = {{now - hours(2), "default"}, {now - Duration(10), "ci"}};
  CHECK(scene.verdict() == "approved");
  scene.registry.approvals.push_back({now - hours(1), "default"});
  CHECK(scene.verdict() == "rate.limit");
  CHECK_FALSE(scene.refusal().final);
}

TEST_CASE("the limit of a rule counts the approvals of that rule alone") {
  Scene scene;
  Rule rule;
  rule.name = "ci";
  rule.permissions.rate_limit = RateLimit{1, hours(1)};
  scene.policy.rules = {rule};
  scene.registry.approvals = {{now, "default"}, {now, "default"}};
  CHECK(scene.verdict() == "approved");
  scene.registry.approvals.push_back({now, "ci"});
  CHECK(scene.verdict() == "rate.limit");
}

TEST_CASE("policy.denied refuses by a rule that denies, approval or not") {
  Scene scene;
  scene.policy.base.deny = true;
  CHECK(scene.verdict() == "policy.denied");
  scene.registry.decisions[scene.proposal.voucher.invitation] = {true, ""};
  CHECK(scene.verdict() == "policy.denied");
}

TEST_CASE("without a policy everything is held for the operator, by its invitation") {
  Scene scene;
  scene.policy = {};
  const Decision decision = scene.decide();
  REQUIRE(std::holds_alternative<Held>(decision));
  CHECK(std::get<Held>(decision).id == scene.proposal.voucher.invitation);
  CHECK(std::get<Held>(decision).rule == "default");
}

TEST_CASE("the operator's approval of the invitation or the request lets it pass") {
  for (const bool by_invitation : {true, false}) {
    Scene scene;
    scene.policy.base.approve = Approval::ask;
    CHECK(scene.verdict() == "held");
    const Digest id = by_invitation ? scene.proposal.voucher.invitation : scene.proposal.request;
    scene.registry.decisions[id] = {true, ""};
    const Decision decision = scene.decide();
    REQUIRE(std::holds_alternative<Approved>(decision));
    CHECK(std::get<Approved>(decision).by() == "operator");
  }
}

TEST_CASE("operator.denied refuses even what the policy would approve by itself") {
  for (const bool by_invitation : {true, false}) {
    Scene scene;
    const Digest id = by_invitation ? scene.proposal.voucher.invitation : scene.proposal.request;
    scene.registry.decisions[id] = {false, "unknown machine"};
    CHECK(scene.verdict() == "operator.denied");
    CHECK(scene.refusal().reason == "the operator denied it: unknown machine");
  }
}

TEST_CASE("the operator cannot approve beyond the authority's constraints") {
  Scene scene;
  scene.policy = {};
  scene.registry.decisions[scene.proposal.voucher.invitation] = {true, ""};
  scene.proposal.subject.groups = scene.proposal.voucher.terms.groups = {"admin"};
  CHECK(scene.verdict() == "groups.not_allowed");
}

TEST_CASE("a renewal uses nothing of its invitation, and needs certificates that have not ended") {
  Scene scene;
  scene.proposal.renewal = true;
  scene.proposal.voucher.terms.expires = now - hours(48);
  scene.registry.uses = 1;
  CHECK(scene.verdict() == "renewal.unknown");
  CHECK_FALSE(scene.refusal().final);
  scene.registry.held = scene.proposal.subject;
  scene.registry.held->not_after = now + hours(8);
  CHECK(scene.verdict() == "approved");
  scene.registry.held->not_after = now - Duration(1);
  CHECK(scene.verdict() == "renewal.unknown");
  scene.registry.held->not_after = now;
  scene.registry.held->networks.pop_back();
  CHECK(scene.verdict() == "renewal.address");
}

TEST_CASE("a renewal is subject to policy, denials and revocation like every request") {
  Scene scene;
  scene.proposal.renewal = true;
  scene.registry.held = scene.proposal.subject;
  CHECK(scene.verdict() == "approved");
  scene.registry.revoked = true;
  CHECK(scene.verdict() == "host.revoked");
  scene.registry.revoked = false;
  scene.policy.base.names = {"db-*"};
  CHECK(scene.verdict() == "name.not_allowed");
  scene.policy.base.names.reset();
  scene.policy.base.approve = Approval::ask;
  CHECK(scene.verdict() == "held");
  scene.registry.decisions[scene.proposal.voucher.invitation] = {true, ""};
  CHECK(scene.verdict() == "approved");
}

TEST_CASE("renewal.too_often refuses a host that renews again and again") {
  Scene scene;
  scene.proposal.renewal = true;
  scene.registry.held = scene.proposal.subject;
  scene.registry.requests = renewals_max - 1;
  CHECK(scene.verdict() == "approved");
  scene.registry.requests = renewals_max;
  CHECK(scene.verdict() == "renewal.too_often");
  CHECK_FALSE(scene.refusal().final);
  scene.proposal.renewal = false;  // an enrolment uses up its invitation instead
  CHECK(scene.verdict() == "approved");
}

TEST_CASE("invitation.terms refuses a lighthouse that was not invited as one") {
  Scene scene;
  scene.proposal.lighthouse = true;
  CHECK(scene.verdict() == "invitation.terms");
  scene.proposal.voucher.terms.lighthouse = true;
  CHECK(scene.verdict() == "approved");
}
