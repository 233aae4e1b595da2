// tests/misbehaviour/refusals_test.cpp — what a party refuses stands in its log, and nobody can
// make the log grow by being refused.
#include <soci/soci.h>

#include "tests/support/hand_session.h"

using namespace jointca;
using namespace jointca::test;
using log::RefusalEntry;

namespace {

struct Fixture {
  Fixture() {
    ca::Policy policy = authority.party(2).signer->policy();
    policy.base.names = {{"db*"}};
    authority.party(2).signer->set_policy(policy);
  }

  /// Coordinator `by` proposes it to party 2, under a name that its policy does not have.
  HandSession refused(const SmallHost& host, unsigned by = 1) {
    HandSession session(authority, by, {proposed(authority, host, 5)});
    CHECK(session.verdict(2).rule == "name.not_allowed");
    return session;
  }
  std::size_t write() {
    const auto too_many = authority.party(2).signer->refusals().write();
    REQUIRE(too_many);
    return *too_many;
  }
  std::vector<RefusalEntry> logged() {
    std::vector<RefusalEntry> found;
    for (const log::Entry& entry : authority.party(2).entries())
      if (const auto* refusal = std::get_if<RefusalEntry>(&entry)) found.push_back(*refusal);
    return found;
  }

  SmallAuthority authority;
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a refusal stands in the log once, and does not delay its answer") {
  const SmallHost host = authority.host("web1");
  const HandSession session = refused(host);
  CHECK(authority.party(2).log->size() == 0);
  refused(host);
  refused(host, 3);
  CHECK(write() == 0);
  REQUIRE(logged().size() == 1);
  const RefusalEntry entry = logged().front();
  CHECK(entry.session == session.id);
  CHECK(entry.request == host.digest());
  CHECK(entry.rule == "name.not_allowed");
  CHECK_FALSE(entry.reason.empty());
  CHECK(entry.time == authority.now);
  CHECK(write() == 0);
  CHECK(authority.party(2).log->size() == 1);
  // Its log is still one that the others follow.
  REQUIRE(was_issued(authority.issue(2, authority.host("db1"))));
  CHECK(authority.party(1).mirrors->of(P(2)).size() >= 1);
}

TEST_CASE_METHOD(Fixture, "what is no decision about a request is not logged") {
  const SmallHost host = authority.host("db1");
  REQUIRE(was_issued(authority.issue(1, host)));
  const std::uint64_t size = authority.party(2).log->size();
  const auto rule = [&](const daemon::ProposedHost& proposal) {
    return HandSession(authority, 1, {proposal}).verdict(2).rule;
  };
  CHECK(rule(proposed(authority, host, 1)).starts_with("request."));
  const SmallHost other = authority.host("db2");
  CHECK(rule(proposed(authority, other, 1)) == "address.in_use");
  daemon::ProposedHost late = proposed(authority, other, 9);
  late.not_before += Duration{3600};
  late.not_after += Duration{3600};
  CHECK(rule(late) == "validity.clock");
  daemon::ProposedHost forged = proposed(authority, authority.host("web7"), 9);
  forged.request.back() ^= 1;
  CHECK(rule(forged).starts_with("request."));
  CHECK(write() == 0);
  CHECK(authority.party(2).log->size() == size);
}

TEST_CASE_METHOD(Fixture, "a flood of requests does not make the log grow without bound") {
  SECTION("under one invitation") {
    ca::Terms terms = authority.terms("web1");
    terms.uses = 100;
    const auto token = authority.invite(1, terms);
    for (std::size_t i = 0; i < daemon::refusals_per_invitation_max + 3; ++i)
      refused(authority.host(token), i % 2 == 0 ? 1 : 3);
    CHECK(write() == 3);
    CHECK(logged().size() == daemon::refusals_per_invitation_max);
  }
  SECTION("by one coordinator") {
    for (std::size_t i = 0; i < daemon::refusals_per_coordinator_max + 2; ++i)
      refused(authority.host("web" + std::to_string(i)));
    CHECK(write() == 2);
    CHECK(logged().size() == daemon::refusals_per_coordinator_max);
    refused(authority.host("another"), 3);  // it is not the other's fault
    CHECK(write() == 0);
    CHECK(logged().size() == daemon::refusals_per_coordinator_max + 1);
    authority.now += daemon::refusals_period;
    refused(authority.host("later"));
    CHECK(write() == 0);
    CHECK(logged().size() == daemon::refusals_per_coordinator_max + 2);
  }
}

TEST_CASE_METHOD(Fixture, "a refusal that cannot be written now is written later") {
  SmallParty& party = authority.party(2);
  refused(authority.host("web1"));
  REQUIRE(party.store->transact([](soci::session& sql) {
    sql << "create trigger full_disk before insert on leaf "
           "begin select raise(abort, 'disk full'); end";
  }));
  CHECK_FALSE(party.signer->refusals().write());
  CHECK(party.log->size() == 0);
  REQUIRE(party.store->transact([](soci::session& sql) { sql << "drop trigger full_disk"; }));
  party.log->halt("behind");
  CHECK_FALSE(party.signer->refusals().write());
  party.log->halt("");
  CHECK(write() == 0);
  CHECK(logged().size() == 1);
}
