// tests/unit/ca/policy_test.cpp — patterns, and which rule holds.
#include "ca/policy.h"

#include <catch2/catch.hpp>

#include "ca/did.h"
#include "tests/unit/ca/approve_fixture.h"

using namespace jointca;
using namespace jointca::ca;
using namespace jointca::ca::test;

namespace {

Rule rule(std::string name, Match match, Permissions permissions = {}) {
  return {std::move(name), std::move(match), std::move(permissions)};
}

/// The rule that holds for the fixture's proposal with these groups.
std::string holds(const Rule& only, std::vector<std::string> groups = {"web"}) {
  Scene scene;
  scene.proposal.subject.groups = std::move(groups);
  scene.policy.rules = {only};
  return effective(scene.policy, scene.proposal).rule;
}

}  // namespace

TEST_CASE("patterns have '*' for any run and '?' for any one character") {
  CHECK(matches("*", ""));
  CHECK(matches("web-*", "web-"));
  CHECK(matches("web-*", "web-1"));
  CHECK(matches("*-1", "web-1"));
  CHECK(matches("w*b*1", "web-b-1"));
  CHECK(matches("we?-1", "web-1"));
  CHECK(matches("", ""));
  CHECK_FALSE(matches("", "a"));
  CHECK_FALSE(matches("?", ""));
  CHECK_FALSE(matches("web", "web-1"));
  CHECK_FALSE(matches("web-?", "web-12"));
  CHECK_FALSE(matches("Web", "web"));
  CHECK_FALSE(matches("[a-z]", "b"));
}

TEST_CASE("a pattern of many stars does not take long") {
  std::string pattern;
  for (int i = 0; i < 120; ++i) pattern += "*a";
  CHECK_FALSE(matches(pattern + "b", std::string(253, 'a')));
}

TEST_CASE("the first matching rule holds, else the top level") {
  Scene scene;
  Match other;
  other.names = {"db-*"};
  scene.policy.rules = {rule("one", other)};
  CHECK(effective(scene.policy, scene.proposal).rule == "default");
  scene.policy.rules.push_back(rule("two", {}));
  scene.policy.rules.push_back(rule("three", {}));
  CHECK(effective(scene.policy, scene.proposal).rule == "two");
}

TEST_CASE("a rule leaves open fields to the top level, and deny to itself") {
  Scene scene;
  scene.policy.base.max_ttl = hours(10);
  scene.policy.base.groups = {"web"};
  scene.policy.base.rate_limit = RateLimit{1, hours(1)};
  scene.policy.base.deny = true;
  Permissions own;
  own.groups = {"db"};
  scene.policy.rules = {rule("r", {}, own)};
  const Effective out = effective(scene.policy, scene.proposal);
  CHECK(out.permissions.max_ttl == hours(10));
  CHECK(out.permissions.groups == std::vector<std::string>{"db"});
  CHECK_FALSE(out.own_rate_limit);
  CHECK_FALSE(out.permissions.deny);
}

TEST_CASE("every condition of a rule must hold") {
  const auto with = [](auto bend) {
    Match match;
    match.names = {"WEB-*"};
    bend(match);
    return holds(rule("r", match));
  };
  CHECK(with([](Match&) {}) == "r");
  CHECK(with([](Match& m) { m.inviters = {"alpha"}; }) == "r");
  CHECK(with([](Match& m) { m.inviters = {"beta"}; }) == "default");
  CHECK(with([](Match& m) { m.dids = {did_key(PublicKey{Digest{2}})}; }) == "r");
  CHECK(with([](Match& m) { m.dids = {"did:key:z1"}; }) == "default");
  CHECK(with([](Match& m) { m.kinds = {Kind::nebula}; }) == "r");
  CHECK(with([](Match& m) { m.kinds = {Kind::x509}; }) == "default");
  CHECK(with([](Match& m) { m.networks = {net("10.42.0.0/24"), net("fd42::/64")}; }) == "r");
  CHECK(with([](Match& m) { m.networks = {net("10.42.0.0/24")}; }) == "default");
}

TEST_CASE("a rule that loosens matches only if every group does") {
  Match match;
  match.groups = {"ci-*"};
  Permissions loosens;
  loosens.approve = Approval::automatic;
  CHECK(holds(rule("r", match, loosens), {"ci-1", "ci-2"}) == "r");
  CHECK(holds(rule("r", match, loosens), {"ci-1", "admin"}) == "default");
  CHECK(holds(rule("r", match, loosens), {}) == "default");
  CHECK(holds(rule("r", match), {"ci-1", "admin"}) == "default");
}

TEST_CASE("a rule that denies or asks matches if any group does") {
  Match match;
  match.groups = {"admin"};
  Permissions denies, asks;
  denies.deny = true;
  asks.approve = Approval::ask;
  for (const Permissions& tightens : {denies, asks}) {
    CHECK(holds(rule("r", match, tightens), {"web", "admin"}) == "r");
    CHECK(holds(rule("r", match, tightens), {"web"}) == "default");
    CHECK(holds(rule("r", match, tightens), {}) == "default");
  }
}

TEST_CASE("a policy is described rule by rule") {
  Policy policy;
  const std::string sessions =
      "sessions: for sessions of MPyC: at most 100 in 1h; ask the operator\n";
  CHECK(describe(policy) == "default: for anything else: ask the operator\n" + sessions);
  policy.base.names = {"web-*"};
  policy.base.max_ttl = hours(24);
  Match match;
  match.groups = {"admin"};
  Permissions denies;
  denies.deny = true;
  policy.rules = {rule("no-admins", match, denies)};
  CHECK(describe(policy) ==
        "no-admins: for group admin: never issue\n"
        "default: for anything else: names web-*; at most 1d; ask the operator\n" +
            sessions);
}
