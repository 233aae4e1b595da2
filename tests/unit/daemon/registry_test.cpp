// tests/unit/daemon/registry_test.cpp — the registry answers alike before and after a restart, and
// a crash around the commit leaves the old state or the new.
#include "daemon/registry.h"

#include <catch2/catch.hpp>
#include <soci/soci.h>

#include "ca/policy.h"
#include "daemon/batch_registry.h"
#include "tests/unit/daemon/registry_fixture.h"
#include "tests/unit/enroll/enroll_fixture.h"

using namespace jointca;
using namespace jointca::daemon;
using daemon::test::holding;
using daemon::test::hours;
using daemon::test::now;

namespace {

struct Scene {
  jointca::test::TempDir dir;
  std::unique_ptr<Store> store = daemon::test::store_in(dir);
  std::unique_ptr<Registry> registry = load();

  std::unique_ptr<Registry> load() {
    auto loaded = Registry::load(*store, RevocationVotes(Digest{9}, 2));
    REQUIRE(loaded);
    return *std::move(loaded);
  }
  /// As after kill -9 and a new start: only what was committed is there.
  void restart() {
    registry.reset();
    store.reset();
    store = daemon::test::store_in(dir);
    registry = load();
  }
  template <class Change>
  void keep(const Change& change) {
    REQUIRE(store->transact([&](soci::session& sql) { registry->write(sql, change); }));
    registry->apply(change);
  }
};

KnownInvitation invitation(KnownInvitation::State state, std::string reason) {
  const enroll::test::Scene enrolment;
  KnownInvitation out;
  out.digest = Digest{50};
  out.data = encoded(enrolment.token.invitation);
  out.inviter = enrolment.party.public_key();
  out.state = state;
  out.reason = std::move(reason);
  out.asked = true;
  out.made = now;
  return out;
}

}  // namespace

TEST_CASE("a holding answers the same before and after a restart") {
  Scene scene;
  Holding issued = holding("Web-1", 7);
  issued.certificates = "pem\n";
  issued.signers = {1, 3};
  scene.keep(issued);
  scene.keep(holding("db-1", 8));
  for (int round = 0; round < 2; ++round) {
    CAPTURE(round);
    const Registry& registry = *scene.registry;
    REQUIRE(registry.holdings().size() == 2);
    const Holding* found = registry.holding(issued.request);
    REQUIRE(found != nullptr);
    CHECK(found->host == issued.host);
    CHECK(found->invitation == issued.invitation);
    CHECK(found->subject == issued.subject);
    CHECK(found->rule == "servers");
    CHECK(found->made == now);
    CHECK(found->certificates == "pem\n");
    CHECK(found->signers == std::vector<std::uint16_t>{1, 3});
    CHECK(registry.recorded(issued.request)->subject == issued.subject);
    CHECK(registry.name_holder("web-1", now, {})->host_identity == issued.host);
    CHECK(registry.address_holder(*ca::IpAddress::parse("fd42::7"), now, {})->name == "Web-1");
    CHECK(registry.invitation_uses(issued.invitation, {}, now) == 2);
    CHECK(registry.approvals_since(now, "") == 2);
    CHECK(registry.used_addresses(now).size() == 4);
    scene.restart();
  }
}

TEST_CASE("names and addresses are held until the certificate ends, and never against their host") {
  Scene scene;
  const Holding web = holding("web-1", 7);
  scene.keep(web);
  const auto address = web.subject.networks[0].address;
  CHECK(scene.registry->name_holder("web-1", now + hours(24), {}));
  CHECK_FALSE(scene.registry->name_holder("web-1", now + hours(25), {}));
  CHECK_FALSE(scene.registry->name_holder("web-1", now, web.host));
  CHECK_FALSE(scene.registry->name_holder("web-2", now, {}));
  CHECK(scene.registry->address_holder(address, now + hours(24), {}));
  CHECK_FALSE(scene.registry->address_holder(address, now + hours(25), {}));
  CHECK_FALSE(scene.registry->address_holder(address, now, web.host));
  CHECK(scene.registry->used_addresses(now + hours(25)).empty());
}

TEST_CASE("uses of an invitation and approvals are counted once for each request") {
  Scene scene;
  scene.keep(holding("web-1", 7));
  Holding again = holding("web-1", 7);
  again.certificates = "pem";
  scene.keep(again);
  CHECK(scene.registry->invitation_uses(PublicKey{Digest{7}}, {}, now) == 1);
  CHECK(scene.registry->invitation_uses(PublicKey{Digest{7}}, Digest{7}, now) == 0);
  CHECK(scene.registry->invitation_uses(PublicKey{Digest{8}}, {}, now) == 0);
  CHECK(scene.registry->approvals_since(now, "servers") == 1);
  CHECK(scene.registry->approvals_since(now, "others") == 0);
  CHECK(scene.registry->approvals_since(now + std::chrono::seconds(1), "") == 0);
  Holding seen = holding("db-1", 8);
  seen.rule = "";
  scene.keep(seen);
  CHECK(scene.registry->approvals_since(now, "") == 1);
}

TEST_CASE("only requests that have certificates count as issued under an invitation") {
  Scene scene;
  const PublicKey invitation{Digest{7}};
  CHECK(scene.registry->issued_under(invitation) == 0);
  Holding first = holding("web-1", 1);
  scene.keep(first);
  CHECK(scene.registry->issued_under(invitation) == 0);
  first.certificates = "PEM";
  scene.keep(first);
  scene.keep(holding("web-2", 2));
  CHECK(scene.registry->issued_under(invitation) == 1);
  CHECK(scene.registry->issued_under(PublicKey{Digest{8}}) == 0);
  scene.restart();
  CHECK(scene.registry->issued_under(invitation) == 1);
}

TEST_CASE("a crash before the commit leaves the old state, one after it the new") {
  Scene scene;
  CHECK_FALSE(scene.store->transact([&](soci::session& sql) {
    scene.registry->write(sql, holding("web-1", 7));
    scene.registry->write_spent(sql, Digest{1}, now);
    throw std::runtime_error("crash");
  }));
  scene.restart();
  CHECK(scene.registry->holdings().empty());
  CHECK_FALSE(scene.registry->is_spent(Digest{1}));
  REQUIRE(scene.store->transact([&](soci::session& sql) {
    scene.registry->write(sql, holding("web-1", 7));
    scene.registry->write_spent(sql, Digest{1}, now);
  }));
  CHECK(scene.registry->holdings().empty());  // written, not applied: the crash comes here
  scene.restart();
  CHECK(scene.registry->holdings().size() == 1);
  CHECK(scene.registry->is_spent(Digest{1}));
}

TEST_CASE("a session is spent once") {
  Scene scene;
  const auto spend = [&] {
    return scene.store->transact(
        [&](soci::session& sql) { scene.registry->write_spent(sql, Digest{1}, now); });
  };
  CHECK(spend());
  CHECK_FALSE(spend());
}

TEST_CASE("the operator's decisions on invitations survive a restart") {
  Scene scene;
  using State = KnownInvitation::State;
  scene.keep(invitation(State::open, ""));
  scene.restart();
  REQUIRE(scene.registry->invitation(Digest{50}) != nullptr);
  CHECK(scene.registry->invitation(Digest{50})->data == invitation(State::open, "").data);
  CHECK(scene.registry->invitation(Digest{50})->inviter == invitation(State::open, "").inviter);
  CHECK(scene.registry->invitation(Digest{50})->asked);
  CHECK_FALSE(scene.registry->decision(Digest{50}));
  scene.keep(invitation(State::denied, "not ours"));
  scene.restart();
  REQUIRE(scene.registry->decision(Digest{50}));
  CHECK_FALSE(scene.registry->decision(Digest{50})->approved);
  CHECK(scene.registry->decision(Digest{50})->reason == "not ours");
  scene.keep(invitation(State::approved, ""));
  scene.restart();
  CHECK(scene.registry->decision(Digest{50})->approved);
}

TEST_CASE("a malformed row refuses the whole database") {
  for (const char* damage :
       {"update holding set request = 'xx'", "update holding set host = upper(host) || '0'",
        "update holding set subject = 'AAAA'", "update holding set signers = '001'",
        "insert into spent_session (session, made) values ('zz', 0)",
        "update invitation set digest = '00'", "update invitation set data = '!'"}) {
    CAPTURE(damage);
    Scene scene;
    scene.keep(holding("web-1", 7));
    scene.keep(invitation(KnownInvitation::State::open, ""));
    REQUIRE(scene.store->transact([&](soci::session& sql) { sql << damage; }));
    const auto loaded = Registry::load(*scene.store, RevocationVotes(Digest{9}, 2));
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().message.find("malformed row") != std::string::npos);
  }
}

TEST_CASE("an invitation's state that nobody wrote refuses the database") {
  Scene scene;
  scene.keep(invitation(KnownInvitation::State::denied, "no"));
  REQUIRE(scene.store->transact(
      [](soci::session& sql) { sql << "update invitation set state = 'dented'"; }));
  CHECK_FALSE(Registry::load(*scene.store, RevocationVotes(Digest{9}, 2)));
}

TEST_CASE("hosts of one batch see each other, and the registry behind them") {
  Scene scene;
  const Holding logged = holding("web-1", 7);
  scene.keep(logged);
  BatchRegistry batch(*scene.registry);
  const Holding next = holding("Db-1", 8);
  CHECK_FALSE(batch.name_holder("db-1", now, {}));
  batch.add({next.request, next.host, next.invitation, next.subject, next.rule});
  CHECK(batch.name_holder("db-1", now, {})->host_identity == next.host);
  CHECK_FALSE(batch.name_holder("db-1", now, next.host));
  CHECK(batch.name_holder("web-1", now, {})->host_identity == logged.host);
  CHECK(batch.address_holder(next.subject.networks[1].address, now, {})->name == "Db-1");
  CHECK(batch.address_holder(logged.subject.networks[0].address, now, {})->name == "web-1");
  CHECK_FALSE(batch.address_holder(next.subject.networks[1].address, now, next.host));
  CHECK(batch.recorded(next.request)->subject == next.subject);
  CHECK(batch.recorded(logged.request)->subject == logged.subject);
  CHECK_FALSE(batch.recorded(Digest{99}));
  CHECK(batch.invitation_uses(next.invitation, {}, now) == 2);
  CHECK(batch.invitation_uses(next.invitation, next.request, now) == 1);
  CHECK(batch.approvals_since(now, "servers") == 2);
  CHECK(batch.approvals_since(now, "others") == 0);
}

TEST_CASE("a request that was logged before uses its invitation once, in a batch too") {
  Scene scene;
  const Holding logged = holding("web-1", 7);
  scene.keep(logged);
  BatchRegistry batch(*scene.registry);
  batch.add({logged.request, logged.host, logged.invitation, logged.subject, logged.rule});
  CHECK(batch.invitation_uses(logged.invitation, {}, now) == 1);
}

TEST_CASE(
    "a holding that changes is found by what it says now, and by nothing that it said before") {
  Scene scene;
  Holding before = holding("web-1", 7);
  before.rule.clear();
  scene.keep(before);
  Holding after = holding("web-2", 8);
  after.request = before.request;
  scene.keep(after);
  const Registry& registry = *scene.registry;
  const PublicKey nobody{Digest{99}};
  CHECK_FALSE(registry.name_holder("web-1", now, nobody));
  CHECK(registry.name_holder("web-2", now, nobody));
  CHECK_FALSE(registry.address_holder(before.subject.networks.front().address, now, nobody));
  CHECK(registry.address_holder(after.subject.networks.front().address, now, nobody));
  CHECK(registry.requests_of(before.host).empty());
  CHECK(registry.requests_of(after.host) == std::vector{after.request});
  CHECK(registry.approvals_since(now - hours(1), after.rule) == 1);
}

TEST_CASE("a name is another's for good by what was logged here, was issued or stands in t logs") {
  Scene scene;
  Holding other = holding(ca::session_name({7}), 7);
  const PublicKey self{Digest{99}};
  const auto claim = [&](const std::string& rule, std::vector<std::uint16_t> logs) {
    other.rule = rule;
    other.signers = std::move(logs);
    scene.keep(other);
    return scene.registry->claim_on(other.subject.name, self);
  };
  CHECK(claim("", {1}) == ca::Claim::none);
  CHECK(claim("", {1, 3}) == ca::Claim::sure);
  CHECK(claim("sessions", {}) == ca::Claim::sure);
  CHECK(scene.registry->claim_on(other.subject.name, other.host) == ca::Claim::none);
}

TEST_CASE("what is only proposed is told from what is logged") {
  Scene scene;
  const Holding logged = holding(ca::session_name({7}), 7), next = holding("session:08", 8);
  scene.keep(logged);
  BatchRegistry batch(*scene.registry);
  batch.add({next.request, next.host, next.invitation, next.subject, next.rule});
  const PublicKey self{Digest{99}};
  CHECK(batch.claim_on(logged.subject.name, self) == ca::Claim::sure);
  CHECK(batch.claim_on(next.subject.name, self) == ca::Claim::proposed);
  CHECK(batch.claim_on(next.subject.name, next.host) == ca::Claim::none);
  CHECK_FALSE(batch.recorded(logged.request)->proposed);
  CHECK(batch.recorded(next.request)->proposed);
}

TEST_CASE("sessions are counted for each member, and not among the hosts") {
  Scene scene;
  scene.keep(holding("web-1", 9));
  const PublicKey alice{Digest{1, 2}}, bob{Digest{3, 4}};
  Holding session = holding(ca::session_name({7}), 7);
  session.rule = ca::sessions_rule;
  session.members = {alice, bob};
  scene.keep(session);
  scene.restart();
  CHECK(scene.registry->holding(session.request)->members == session.members);
  CHECK(scene.registry->sessions_since(bob, now) == 1);
  CHECK(scene.registry->sessions_since(bob, now + std::chrono::seconds(1)) == 0);
  CHECK(scene.registry->sessions_since(session.host, now) == 0);
  CHECK(scene.registry->approvals_since(now, "") == 1);
  CHECK(scene.registry->approvals_since(now, std::string(ca::sessions_rule)) == 1);
  BatchRegistry batch(*scene.registry);
  const Holding next = holding(ca::session_name({8}), 8);
  batch.add({next.request,
             next.host,
             next.invitation,
             next.subject,
             std::string(ca::sessions_rule),
             false,
             {bob}});
  CHECK(batch.sessions_since(alice, now) == 1);
  CHECK(batch.sessions_since(bob, now) == 2);
  CHECK(batch.approvals_since(now, "") == 1);
  CHECK(batch.approvals_since(now, std::string(ca::sessions_rule)) == 2);
}
