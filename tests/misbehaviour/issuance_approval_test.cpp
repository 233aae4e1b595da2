// tests/misbehaviour/issuance_approval_test.cpp — a signer signs only what its own policy, its
// registry and the invitation allow, whatever a coordinator proposes.
#include "tests/support/hand_session.h"

using namespace jointca;
using namespace jointca::test;
using daemon::ProposedHost;

namespace {

struct Fixture {
  SmallAuthority authority;

  /// What signer 2 says to one host that coordinator 1 proposes.
  daemon::HostAnswer verdict(const ProposedHost& host) {
    HandSession session(authority, 1, {host});
    return session.verdict(2);
  }
  std::string rule(const ProposedHost& host) {
    const daemon::HostAnswer answer = verdict(host);
    return approved(answer) ? "approved" : answer.rule;
  }
  void allow(unsigned party, const std::function<void(ca::Permissions&)>& change) {
    ca::Policy policy = authority.party(party).signer->policy();
    change(policy.base);
    authority.party(party).signer->set_policy(policy);
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a coordinator cannot choose any address") {
  const SmallHost host = authority.host("web1");
  ProposedHost proposal = proposed(authority, host, 5);
  REQUIRE(rule(proposal) == "approved");
  const SmallHost other = authority.host("web2");
  proposal = proposed(authority, other, 6);
  const auto with = [&](std::vector<ca::Prefix> networks) {
    proposal.networks = std::move(networks);
    return rule(proposal);
  };
  CHECK(with({prefix("10.43.0.6/16")}) == "address.outside");
  CHECK(with({prefix("10.42.0.6/24")}) == "address.network");
  CHECK(with({prefix("10.42.0.0/16")}) == "address.network");
  CHECK(with({prefix("10.42.255.255/16")}) == "address.network");
  CHECK(with({prefix("10.42.0.6/16"), prefix("10.42.0.7/16")}) == "address.network");
  CHECK(with({}) == "address.network");
  allow(2, [](ca::Permissions& may) { may.networks = {{prefix("10.42.1.0/24")}}; });
  CHECK(with({prefix("10.42.0.6/16")}) == "address.outside");
  CHECK(with({prefix("10.42.1.6/16")}) == "approved");
}

TEST_CASE_METHOD(Fixture, "a coordinator cannot choose any validity") {
  const SmallHost host = authority.host("web1");
  const ProposedHost right = proposed(authority, host, 5);
  const auto with = [&](Duration begin, Duration end) {
    ProposedHost proposal = right;
    proposal.not_before += begin;
    proposal.not_after += end;
    return rule(proposal);
  };
  CHECK(with(ca::clock_skew_max + Duration{1}, {}) == "validity.clock");
  CHECK(with(-ca::clock_skew_max - Duration{1}, {}) == "validity.clock");
  CHECK(with({}, -Duration{8 * 86400}) == "validity.clock");
  CHECK(with({}, Duration{1}) == "invitation.terms");
  CHECK(with({}, Duration{366 * 86400}) == "validity.outside_ca");
  allow(2, [](ca::Permissions& may) { may.max_ttl = Duration{86400}; });
  CHECK(with({}, {}) == "ttl.too_long");
  CHECK(with({}, -Duration{6 * 86400}) == "validity.too_short");
}

TEST_CASE_METHOD(Fixture, "a party cannot invite beyond the policy of the others") {
  const auto invited = [&](const std::function<void(ca::Terms&)>& change, unsigned place) {
    ca::Terms terms = authority.terms("web" + std::to_string(place));
    change(terms);
    return rule(proposed(authority, authority.host(authority.invite(1, terms)), place));
  };
  allow(2, [](ca::Permissions& may) {
    may.names = {{"web*"}};
    may.groups = {{"web"}};
    may.invite_from = {{"party1"}};
  });
  CHECK(invited([](ca::Terms&) {}, 1) == "approved");
  CHECK(invited([](ca::Terms& terms) { terms.name = "db1"; }, 2) == "name.not_allowed");
  CHECK(invited([](ca::Terms& terms) { terms.groups = {"web", "db"}; }, 3) == "groups.not_allowed");
  CHECK(invited([](ca::Terms& terms) { terms.groups = {"admin"}; }, 4) == "groups.not_allowed");
  allow(2, [](ca::Permissions& may) { may.invite_from = {{"party3"}}; });
  CHECK(invited([](ca::Terms&) {}, 5) == "invitation.inviter");
}

TEST_CASE_METHOD(Fixture, "an address that the invitation names is the only one") {
  ca::Terms terms = authority.terms("web1");
  terms.addresses = {prefix("10.42.0.77/16").address};
  const SmallHost host = authority.host(authority.invite(1, terms));
  CHECK(rule(proposed(authority, host, 5)) == "invitation.terms");
  CHECK(rule(proposed(authority, host, 77)) == "approved");
}

TEST_CASE_METHOD(Fixture, "a request cannot be altered") {
  const SmallHost host = authority.host("web1");
  for (std::size_t at = 0; at < host.sealed.size(); at += 7) {
    ProposedHost proposal = proposed(authority, host, 5);
    proposal.request[at] ^= 1;
    INFO("byte " << at);
    CHECK(rule(proposal).starts_with("request."));
  }
}

TEST_CASE_METHOD(Fixture, "a name or an address that a host holds is given to no other") {
  const SmallHost first = authority.host("web1");
  REQUIRE(was_issued(authority.issue(1, first)));
  const SmallHost same_name = authority.host("WEB1"), same_address = authority.host("web2");
  CHECK(rule(proposed(authority, same_name, 9)) == "name.in_use");
  const daemon::HostAnswer answer = verdict(proposed(authority, same_address, 1));
  CHECK(answer.rule == "address.in_use");
  REQUIRE(answer.taken);
  CHECK(answer.taken->text() == "10.42.0.1");
  CHECK_FALSE(answer.final);
  // The same host may have another certificate for what it holds.
  const SmallHost renewed =
      authority.host(authority.invite(1, authority.terms("web1")), &first.identity);
  CHECK(rule(proposed(authority, renewed, 1)) == "approved");
  // And when the certificate is over, others may.
  authority.now += Duration{8 * 86400};
  const SmallHost later = authority.host("web1");
  CHECK(rule(proposed(authority, later, 1)) == "approved");
}

TEST_CASE_METHOD(Fixture, "one batch gives no address, name, invitation or request twice") {
  const SmallHost first = authority.host("web1"), second = authority.host("web2");
  const auto pair = [&](const ProposedHost& a, const ProposedHost& b) {
    HandSession session(authority, 1, {a, b});
    const auto answer = session.propose(2);
    CHECK(approved(answer.hosts.at(0)));
    return answer.hosts.at(1).rule;
  };
  SECTION("address") {
    CHECK(pair(proposed(authority, first, 1), proposed(authority, second, 1)) == "address.in_use");
  }
  SECTION("name") {
    const SmallHost namesake = authority.host("Web1");
    CHECK(pair(proposed(authority, first, 1), proposed(authority, namesake, 2)) == "name.in_use");
  }
  SECTION("invitation") {
    const SmallHost rival = authority.host(first.token, &first.identity);
    CHECK(pair(proposed(authority, first, 1), proposed(authority, rival, 2)) == "invitation.used");
  }
  SECTION("request") {
    CHECK(pair(proposed(authority, first, 1), proposed(authority, first, 1)) == "request.repeated");
  }
  SECTION("request, in other terms") {
    CHECK(pair(proposed(authority, first, 1), proposed(authority, first, 2)) ==
          "request.terms_changed");
  }
}

TEST_CASE_METHOD(Fixture, "an invitation for one use serves one request, however often asked") {
  const SmallHost host = authority.host("web1");
  const daemon::Answer first = authority.issue(1, host);
  REQUIRE(was_issued(first));
  const auto bundle = std::get<enroll::Bundle>(first);
  // The same request gets the same certificates, from whoever heard of them.
  for (const unsigned coordinator : {1u, 2u, 3u}) {
    const daemon::Answer again = authority.issue(coordinator, host);
    REQUIRE(was_issued(again));
    CHECK(std::get<enroll::Bundle>(again).certificates == bundle.certificates);
  }
  // Another sealing is the same request; another request is not.
  SmallHost resealed = authority.host(host.token, &host.identity);
  resealed.request = host.request;
  resealed.nebula = X25519Key(host.nebula.secret().duplicate());
  resealed.sealed = enroll::seal_request(resealed.request, resealed.keys(), authority.rng());
  auto again = std::get<enroll::Bundle>(authority.issue(2, resealed));
  again.proofs = bundle.proofs;  // logs grow
  CHECK(again == bundle);
  const SmallHost thief = authority.host(host.token);
  for (const unsigned coordinator : {1u, 2u, 3u}) {
    const daemon::Answer refused = authority.issue(coordinator, thief);
    REQUIRE(std::holds_alternative<daemon::Declination>(refused));
    CHECK(std::get<daemon::Declination>(refused).rule == "invitation.used");
  }
}

TEST_CASE_METHOD(Fixture, "an expired invitation serves retries and nothing new") {
  const SmallHost host = authority.host("web1"), late = authority.host("web2");
  REQUIRE(was_issued(authority.issue(1, host)));
  authority.now += Duration{2 * 86400};
  CHECK(was_issued(authority.issue(3, host)));
  const daemon::Answer refused = authority.issue(1, late);
  REQUIRE(std::holds_alternative<daemon::Declination>(refused));
  CHECK(std::get<daemon::Declination>(refused).rule == "invitation.expired");
}

TEST_CASE_METHOD(Fixture, "what changed between approval and signing is looked at again") {
  const SmallHost first = authority.host("web1"), second = authority.host("web2");
  HandSession one(authority, 1, {proposed(authority, first, 1)});
  for (const unsigned signer : {2u, 3u}) one.propose(signer);
  SECTION("a stricter policy") {
    allow(2, [](ca::Permissions& may) { may.names = {{"db*"}}; });
    CHECK(declined_code(one.ask_to_sign(2)) == "request.no_longer_approved");
  }
  SECTION("an operator to be asked") {
    allow(2, [](ca::Permissions& may) { may.approve = ca::Approval::ask; });
    CHECK(declined_code(one.ask_to_sign(2)) == "request.no_longer_approved");
  }
  CHECK(authority.party(2).log->size() == 0);
}

TEST_CASE_METHOD(Fixture, "what one coordinator has just proposed another's host does not get") {
  const SmallHost first = authority.host("web1"), second = authority.host("web2");
  HandSession one(authority, 1, {proposed(authority, first, 1)});
  for (const unsigned signer : {2u, 3u}) one.propose(signer);
  const auto by_another = [&](const SmallHost& host) {
    HandSession elsewhere(authority, 3, {proposed(authority, host, 1)});
    return elsewhere.verdict(2).rule;
  };
  CHECK(by_another(second) == "address.in_use");
  SECTION("but the same coordinator's may") {
    HandSession again(authority, 1, {proposed(authority, second, 1)});
    CHECK(again.verdict(2).rule.empty());
  }
  SECTION("nor does a request stand in its own way") { CHECK(by_another(first).empty()); }
  SECTION("until the moment is over") {
    authority.now += daemon::reservation_lifetime;
    CHECK(by_another(second).empty());
    SECTION("and then the first to be signed has it") {
      HandSession two(authority, 3, {proposed(authority, second, 1)});
      for (const unsigned signer : {1u, 2u}) two.propose(signer);
      CHECK(declined_code(one.ask_to_sign(2)).empty());
      CHECK(declined_code(two.ask_to_sign(2)) == "request.no_longer_approved");
    }
  }
}

TEST_CASE_METHOD(Fixture, "a request that was issued meanwhile is not signed in an older session") {
  const SmallHost host = authority.host("web1");
  HandSession one(authority, 1, {proposed(authority, host, 1)});
  for (const unsigned signer : {2u, 3u}) one.propose(signer);
  REQUIRE(was_issued(authority.issue(3, host)));
  const auto entries = authority.party(3).log->size();
  const std::string certificates =
      authority.party(3).registry->holdings().begin()->second.certificates;
  REQUIRE_FALSE(certificates.empty());
  CHECK(declined_code(one.ask_to_sign(3)) == "request.no_longer_approved");
  CHECK(authority.party(3).log->size() == entries);
  CHECK(authority.party(3).registry->holdings().begin()->second.certificates == certificates);
}
