// tests/unit/ca/preview_test.cpp — what a policy says to an invitation that nobody redeemed yet.
#include "ca/preview.h"

#include <catch2/catch.hpp>

#include "ca/did.h"
#include "tests/unit/ca/approve_fixture.h"

using namespace jointca;
using namespace jointca::ca;
using namespace jointca::ca::test;

namespace {

/// An invitation that the authority and the policy of the fixture allow.
struct Invited {
  Invited() {
    const Scene scene;
    policy = scene.policy;
    foreseen.voucher = scene.proposal.voucher;
    foreseen.kinds = {Kind::nebula};
    foreseen.constraints = scene.constraints;
  }
  [[nodiscard]] Preview look() const { return preview(foreseen, policy, now); }
  /// "approved", "held" or the rule that refuses.
  [[nodiscard]] std::string verdict() const {
    const Preview seen = look();
    if (const auto* refusal = std::get_if<Refusal>(&seen.decision)) return refusal->rule;
    return std::holds_alternative<Held>(seen.decision) ? "held" : "approved";
  }
  [[nodiscard]] std::vector<Prefix> networks() const {
    return std::get<Approved>(look().decision).proposal().subject.networks;
  }
  Terms& terms() { return foreseen.voucher.terms; }

  Policy policy;
  Foreseen foreseen;
};

}  // namespace

TEST_CASE("an invitation that everything allows is approved, or asked about, as the policy says") {
  Invited invited;
  CHECK(invited.verdict() == "approved");
  CHECK_FALSE(invited.look().is_conditional);
  invited.policy.base.approve = Approval::ask;
  CHECK(invited.verdict() == "held");
}

TEST_CASE("an invitation is seen with the addresses that a coordinator would choose") {
  Invited invited;
  CHECK(invited.networks() == std::vector{net("10.42.0.1/16"), net("fd42::1/64")});
  invited.foreseen.used = {ip("10.42.0.1"), ip("fd42::1")};
  CHECK(invited.networks() == std::vector{net("10.42.0.2/16"), net("fd42::2/64")});
  invited.terms().addresses = {ip("fd42::77")};
  CHECK(invited.networks() == std::vector{net("10.42.0.2/16"), net("fd42::77/64")});
}

TEST_CASE("an invitation that could never be redeemed is refused by the rule that would refuse") {
  const auto verdict = [](auto bend) {
    Invited invited;
    bend(invited);
    return invited.verdict();
  };
  using I = Invited&;
  CHECK(verdict([](I i) { i.terms().name = "a b"; }) == "name.charset");
  CHECK(verdict([](I i) { i.terms().groups = {"admin"}; }) == "groups.not_allowed");
  CHECK(verdict([](I i) { i.terms().addresses = {ip("10.43.0.1")}; }) == "address.outside");
  CHECK(verdict([](I i) { i.terms().addresses = {ip("10.42.0.0")}; }) == "address.network");
  CHECK(verdict([](I i) {
          i.terms().addresses = {ip("10.42.0.1"), ip("10.42.0.2")};
        }) == "address.network");
  CHECK(verdict([](I i) { i.policy.base.max_ttl = hours(1); }) == "ttl.too_long");
  CHECK(verdict([](I i) { i.policy.base.deny = true; }) == "policy.denied");
  CHECK(verdict([](I i) { i.policy.base.invite_from = {"beta"}; }) == "invitation.inviter");
  CHECK(verdict([](I i) { i.policy.base.kinds.emplace(); }) == "kind.not_allowed");
  CHECK(verdict([](I i) { i.terms().expires = now - hours(1); }) == "invitation.expired");
  CHECK(verdict([](I i) { i.foreseen.constraints->not_after = now; }) == "validity.clock");
  CHECK(verdict([](I i) { i.policy.base.rate_limit = RateLimit{0, hours(1)}; }) == "rate.limit");
}

TEST_CASE("a lifetime beyond the CA's is cut to it, and then allowed") {
  Invited invited;
  invited.terms().ttl = hours(24 * 365);
  CHECK(invited.verdict() == "approved");
}

TEST_CASE("rules about the host's key give the best that may come of it, and say so") {
  Invited invited;
  const PublicKey host{Digest{5}};
  invited.policy.rules = {{"known-host", {}, {}}};
  invited.policy.rules[0].match.dids = {did_key(host)};
  invited.policy.rules[0].permissions.approve = Approval::automatic;
  invited.policy.base.approve = Approval::ask;
  CHECK(invited.verdict() == "approved");
  CHECK(invited.look().is_conditional);
  invited.foreseen.host_identity = PublicKey{Digest{6}};
  CHECK(invited.verdict() == "held");
  CHECK_FALSE(invited.look().is_conditional);
  invited.foreseen.host_identity = host;
  CHECK(invited.verdict() == "approved");
  CHECK_FALSE(invited.look().is_conditional);
}

TEST_CASE("a rule that denies some hosts refuses nobody as long as the host is not known") {
  Invited invited;
  const PublicKey host{Digest{5}};
  invited.policy.rules = {{"stolen", {}, {}}};
  invited.policy.rules[0].match.dids = {did_key(host)};
  invited.policy.rules[0].permissions.deny = true;
  CHECK(invited.verdict() == "approved");
  CHECK(invited.look().is_conditional);
  invited.foreseen.host_identity = host;
  CHECK(invited.verdict() == "policy.denied");
}

TEST_CASE("who may be a host is left open while the host is not known") {
  Invited invited;
  invited.policy.base.dids = {"did:key:none"};
  CHECK(invited.verdict() == "approved");
  CHECK(invited.look().is_conditional);
  invited.foreseen.host_identity = PublicKey{Digest{5}};
  CHECK(invited.verdict() == "host.not_allowed");
  CHECK_FALSE(invited.look().is_conditional);
}

TEST_CASE("without the authority the policy alone is asked, and the inviter is left open") {
  Invited invited;
  invited.foreseen.constraints.reset();
  invited.foreseen.is_inviter_known = false;
  invited.foreseen.voucher.inviter.clear();
  invited.terms().groups = {"admin"};
  CHECK(invited.verdict() == "approved");
  invited.policy.base.invite_from = {"beta"};
  CHECK(invited.verdict() == "approved");
  CHECK(invited.look().is_conditional);
  invited.policy.base.networks = {net("10.42.0.0/24")};
  CHECK(invited.verdict() == "approved");
  invited.terms().addresses = {ip("10.42.0.9")};
  CHECK(invited.verdict() == "approved");
  invited.terms().addresses = {ip("10.42.1.9")};
  CHECK(invited.verdict() == "address.outside");
  invited.terms().addresses.clear();
  invited.policy.base.networks.emplace();
  CHECK(invited.verdict() == "address.network");
  invited.policy.base.networks.reset();
  invited.policy.base.max_ttl = hours(1);
  CHECK(invited.verdict() == "ttl.too_long");
}
