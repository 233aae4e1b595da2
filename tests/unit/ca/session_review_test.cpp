// tests/unit/ca/session_review_test.cpp — which sessions of MPyC a party grants: each check where
// it refuses.
#include "ca/session_review.h"

#include <catch2/catch.hpp>

#include "tests/unit/ca/approve_fixture.h"

using namespace jointca;
using namespace jointca::ca;
using namespace jointca::ca::test;

namespace {

constexpr std::array<std::uint8_t, 16> session_id{7};

/// A session of alice and bob over the overlay, which the policy grants by itself.
struct SessionScene : Scene {
  SessionScene() {
    proposal = {};
    proposal.request = Digest{0x51};
    proposal.host_identity = PublicKey{proposal.request};
    proposal.subject = {session_name(session_id), {}, {}, now, now + hours(2)};
    proposal.voucher.invitation = proposal.request;
    proposal.voucher.invitation_key = PublicKey{Digest{0x52}};
    proposal.session = Session{session_id, "nebula", true, {}};
    policy.base.approve = Approval::ask;
    policy.sessions.approve = Approval::automatic;
    add("alice", 1);
    add("bob", 2);
  }
  void add(const std::string& name, std::uint8_t number) {
    const PublicKey identity{Digest{number, 9}};
    const Prefix address = net("10.42.0." + std::to_string(number) + "/16");
    proposal.session->members.push_back({name, identity, address.address, std::nullopt});
    registry.hosts.emplace(identity, Subject{name, {address}, {}, now, now + hours(24)});
    registry.names[name] = {identity, name, now + hours(24)};
    registry.addresses[address.address] = {identity, name, now + hours(24)};
  }
  [[nodiscard]] std::string reason() const { return refusal().reason; }
  Member& alice() { return proposal.session->members[0]; }
};

}  // namespace

TEST_CASE("a session whose members are who they say is granted by the policy for sessions") {
  const SessionScene scene;
  const Decision decision = scene.decide();
  const auto* approved = std::get_if<Approved>(&decision);
  REQUIRE(approved != nullptr);
  CHECK(approved->rule() == "sessions");
  CHECK(approved->by() == "policy");
}

TEST_CASE("sessions are asked about unless the policy for sessions says otherwise") {
  SessionScene scene;
  scene.policy = {};
  scene.policy.base.approve = Approval::automatic;
  const Decision decision = scene.decide();
  const auto* held = std::get_if<Held>(&decision);
  REQUIRE(held != nullptr);
  CHECK(held->id == scene.proposal.request);
  CHECK(held->reason == "grant a session of alice, bob over nebula");
  scene.registry.decisions[scene.proposal.request] = {true, ""};
  const Decision again = scene.decide();
  REQUIRE(std::holds_alternative<Approved>(again));
  CHECK(std::get<Approved>(again).by() == "operator");
  scene.registry.decisions[scene.proposal.request] = {false, "not on a Sunday"};
  CHECK(scene.verdict() == "operator.denied");
}

TEST_CASE("session.revoked, policy.denied") {
  SessionScene scene;
  scene.registry.revoked_hosts = {scene.proposal.host_identity};
  CHECK(scene.verdict() == "session.revoked");
  scene.registry.revoked_hosts.clear();
  scene.policy.sessions.deny = true;
  CHECK(scene.verdict() == "policy.denied");
}

TEST_CASE("session.consents: the manifest is on record with other consents") {
  SessionScene scene;
  scene.registry.logged = scene.proposal.subject;
  scene.registry.voucher = scene.proposal.voucher.invitation_key;
  CHECK(scene.verdict() == "approved");
  scene.policy.sessions.approve = Approval::ask;
  CHECK(scene.verdict() == "approved");  // a retry asks nobody again
  scene.registry.voucher.bytes[0] ^= 1;
  CHECK(scene.verdict() == "session.consents");
  CHECK(scene.refusal().final);
  scene.registry.proposed = true;  // it may come to nothing
  CHECK(scene.verdict() == "session.consents");
  CHECK_FALSE(scene.refusal().final);
}

TEST_CASE("session.id: another manifest called its session the same, however long ago") {
  SessionScene scene;
  Holder& holder = scene.registry.names[scene.proposal.subject.name];
  holder = {PublicKey{Digest{0x61}}, scene.proposal.subject.name, now - hours(900)};
  CHECK(scene.verdict() == "session.id");
  CHECK(scene.refusal().final);
  scene.registry.proposed = true;
  CHECK(scene.verdict() == "session.id");
  CHECK_FALSE(scene.refusal().final);
  holder.host_identity = scene.proposal.host_identity;
  CHECK(scene.verdict() == "approved");
}

TEST_CASE("session.window: over, no interval, too far ahead, or beyond the CA") {
  SessionScene scene;
  const auto with = [&](Duration begin, Duration end) {
    scene.proposal.subject.not_before = now + begin;
    scene.proposal.subject.not_after = now + end;
    return scene.verdict();
  };
  CHECK(with(-hours(2), Duration{0}) == "session.window");
  CHECK(with(-hours(2), Duration{1}) == "approved");
  CHECK(with(hours(2), hours(2)) == "session.window");
  CHECK(with(session_ahead_max, session_ahead_max + hours(1)) == "approved");
  CHECK(with(session_ahead_max + Duration{1}, session_ahead_max + hours(1)) == "session.window");
  scene.constraints.not_after = now + hours(3);
  CHECK(with(Duration{0}, hours(3)) == "approved");
  CHECK(with(Duration{0}, hours(3) + Duration{1}) == "session.window");
  scene.constraints.not_before = now - hours(1);
  CHECK(with(-hours(1), hours(1)) == "approved");
  CHECK(with(-hours(1) - Duration{1}, hours(1)) == "session.window");
}

TEST_CASE("session.too_long, session.channel, session.member: the policy allows less") {
  SessionScene scene;
  scene.policy.sessions.max_window = hours(2);
  scene.policy.sessions.channels = {{"tls", "nebula"}};
  scene.policy.sessions.members = {{"ali*", "bob"}};
  CHECK(scene.verdict() == "approved");
  scene.policy.sessions.max_window = hours(1);
  CHECK(scene.verdict() == "session.too_long");
  scene.policy.sessions.max_window.reset();
  scene.policy.sessions.channels = {{"tls"}};
  CHECK(scene.verdict() == "session.channel");
  scene.policy.sessions.channels.reset();
  scene.policy.sessions.members = {{"ali*"}};
  CHECK(scene.verdict() == "session.member");
  CHECK(scene.reason() == "rule sessions does not allow bob");
}

TEST_CASE("member.revoked, member.unknown: the host of a member is gone, or not known") {
  SessionScene scene;
  scene.registry.revoked_hosts = {scene.alice().identity};
  CHECK(scene.verdict() == "member.revoked");
  CHECK(scene.reason() == "the host alice was revoked");
  scene.registry.revoked_hosts.clear();
  scene.registry.hosts.erase(scene.alice().identity);
  CHECK(scene.verdict() == "member.unknown");
  CHECK_FALSE(scene.refusal().final);
  scene.registry.hosts.emplace(scene.alice().identity,
                               Subject{"alice", {net("10.42.0.1/16")}, {}, now, now - hours(1)});
  CHECK(scene.verdict() == "member.unknown");
}

TEST_CASE("member.name: the identity is another host's, or another host has the name") {
  SessionScene scene;
  scene.alice().name = "carol";
  CHECK(scene.verdict() == "member.name");
  CHECK(scene.reason() == "the identity of carol in the manifest is that of alice");
  scene.alice().name = "ALICE";
  CHECK(scene.verdict() == "approved");
  scene.registry.names["alice"].host_identity = PublicKey{Digest{0x71}};
  CHECK(scene.verdict() == "member.name");
}

TEST_CASE("member.address: not the member's, but another's or nobody's") {
  SessionScene scene;
  const auto with = [&](const char* address) {
    scene.alice().address = ip(address);
    return scene.verdict();
  };
  CHECK(with("10.42.0.2") == "member.address");
  CHECK(scene.reason() == "10.42.0.2 is not the address of alice, but of bob");
  CHECK_FALSE(scene.refusal().final);  // not while it is bob's
  CHECK(with("10.42.0.3") == "member.address");
  CHECK(scene.refusal().final);
  CHECK(with("192.0.2.1") == "member.address");
  // Without an overlay it is reached where it says, but not where another host of the overlay is.
  scene.proposal.session->channel = "tls";
  scene.proposal.session->on_overlay = false;
  CHECK(with("192.0.2.1") == "approved");
  CHECK(with("10.42.0.2") == "member.address");
  CHECK(with("10.42.0.1") == "approved");
  scene.registry.addresses[ip("10.42.0.1")].host_identity = PublicKey{Digest{0x72}};
  CHECK(with("10.42.0.1") == "member.address");
}

TEST_CASE("rate.limit: sessions are counted by themselves") {
  SessionScene scene;
  scene.policy.sessions.rate_limit = {2, hours(1)};
  scene.registry.approvals = {{now, "default"}, {now, "sessions"}, {now - hours(2), "sessions"}};
  CHECK(scene.verdict() == "approved");
  scene.registry.approvals.emplace_back(now, "sessions");
  CHECK(scene.verdict() == "rate.limit");
  CHECK_FALSE(scene.refusal().final);
}

TEST_CASE("member.limit: no host is in too many sessions") {
  SessionScene scene;
  auto& seats = scene.registry.seats;
  const PublicKey bob = scene.proposal.session->members[1].identity;
  seats.assign(member_limit.count - 1, {bob, now});
  seats.emplace_back(bob, now - member_limit.window - Duration{1});
  CHECK(scene.verdict() == "approved");
  seats.emplace_back(bob, now - member_limit.window);
  CHECK(scene.verdict() == "member.limit");
  CHECK(scene.reason() == "8 sessions of bob in 1h have been granted already");
  CHECK_FALSE(scene.refusal().final);
  scene.registry.logged = scene.proposal.subject;
  scene.registry.voucher = scene.proposal.voucher.invitation_key;
  CHECK(scene.verdict() == "approved");  // it is one of them
}

TEST_CASE("a session's name is no host's") {
  const std::string name = session_name(session_id);
  CHECK(name == "session:07000000000000000000000000000000");
  CHECK(is_session_name(name));
  CHECK_FALSE(is_host_name(name));
  CHECK_FALSE(is_session_name(name + "00"));
  CHECK_FALSE(is_session_name("session:07"));
  CHECK_FALSE(is_session_name("Session:07000000000000000000000000000000"));
}
