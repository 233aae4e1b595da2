// tests/misbehaviour/issuance_terms_test.cpp — one request, several coordinators and failures
// between: a signer never changes the terms that it logged, and the host gets its certificate.
#include "tests/support/hand_session.h"

using namespace jointca;
using namespace jointca::test;

namespace {

/// Messages between two parties take a while, so that sessions of several coordinators overlap.
Fate some_distance(Identifier from, Identifier to, Envelope&) {
  return {Fate::End::arrives, milliseconds(from == to ? 0 : 4)};
}

struct Fixture {
  SmallAuthority authority;
  SmallHost host = authority.host("web1");

  /// A session of `coordinator` in which `logs` logs an intent at `place` and `other` never signs.
  void log_intent(unsigned coordinator, unsigned logs, unsigned other, unsigned place) {
    HandSession session(authority, coordinator, {proposed(authority, host, place)});
    session.propose(logs);
    session.propose(other);
    REQUIRE(declined_code(session.ask_to_sign(logs)).empty());
    REQUIRE(authority.party(logs).registry->holding(host.digest()) != nullptr);
    authority.now += daemon::session_lifetime + Duration{1};
  }
  void without(unsigned absent) {
    authority.bend = [absent](Identifier, Identifier to, Envelope&) {
      return Fate{to == P(absent) ? Fate::End::refused : Fate::End::arrives};
    };
  }
  void check_address(const daemon::Answer& answer, unsigned place) {
    REQUIRE(was_issued(answer));
    const std::string last = std::to_string(place);
    CHECK(std::get<enroll::Bundle>(answer).networks ==
          std::vector<ca::Prefix>{prefix("10.42.0." + last + "/16"),
                                  prefix("fd42::" + last + "/64")});
    const auto certificates = certificates_in(answer);
    REQUIRE(certificates.size() == 2);
    CHECK(certificates[0].details.networks.front() == prefix("10.42.0." + last + "/16"));
    // Every party that heard of it holds what the certificate says.
    for (const unsigned party : {1u, 2u, 3u}) {
      const daemon::Holding* holding = authority.party(party).registry->holding(host.digest());
      if (holding == nullptr || holding->certificates.empty()) continue;
      CHECK(holding->subject.networks.front() == prefix("10.42.0." + last + "/16"));
      CHECK(authority.party(party).registry->address_holder(
          prefix("10.42.0." + last + "/16").address, authority.now, PublicKey{}));
    }
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "terms that a signer has logged are learnt and issued") {
  log_intent(1, 2, 3, 7);
  without(1);
  check_address(authority.issue(3, host), 7);
  check_no_accusations(authority);
}

TEST_CASE_METHOD(Fixture, "a coordinator begins with the terms that it logged itself") {
  log_intent(1, 2, 3, 7);
  check_address(authority.issue(2, host), 7);
}

TEST_CASE_METHOD(Fixture, "a signer that logged other terms learns which were issued") {
  log_intent(1, 2, 3, 7);
  const daemon::Answer answer = authority.issue(3, host);  // 3 and 1 know nothing of place 7
  check_address(answer, 1);
  CHECK(authority.party(2).registry->holding(host.digest())->signers ==
        std::vector<std::uint16_t>{1, 3});
  // Also after a restart: the address is nobody else's.
  authority.party(2).restart();
  check_address(authority.issue(2, host), 1);
  HandSession other(authority, 1, {proposed(authority, authority.host("web2"), 1)});
  CHECK(other.verdict(2).rule == "address.in_use");
}

TEST_CASE_METHOD(Fixture, "two signers with different terms do not keep a third from issuing") {
  log_intent(1, 2, 3, 7);
  log_intent(1, 3, 1, 9);
  const unsigned coordinator = GENERATE(1u, 2u, 3u);
  const daemon::Answer answer = authority.issue(coordinator, host);
  REQUIRE(was_issued(answer));
  const auto& networks = std::get<enroll::Bundle>(answer).networks;
  CHECK((networks.front() == prefix("10.42.0.7/16") || networks.front() == prefix("10.42.0.9/16")));
  check_address(answer, networks.front() == prefix("10.42.0.7/16") ? 7 : 9);
}

TEST_CASE_METHOD(Fixture, "two signers with different terms wait for the third") {
  log_intent(1, 2, 3, 7);
  log_intent(1, 3, 1, 9);
  without(1);
  const unsigned coordinator = GENERATE(2u, 3u);
  const daemon::Answer answer = authority.issue(coordinator, host);
  REQUIRE(std::holds_alternative<daemon::TooFewParties>(answer));
  const auto& missing = std::get<daemon::TooFewParties>(answer).missing;
  REQUIRE(missing.size() == 1);
  CHECK(missing.front().starts_with("party1"));
  without(9);
  CHECK(was_issued(authority.issue(coordinator, host)));
}

TEST_CASE_METHOD(Fixture, "recorded terms whose address others gave away are not insisted on") {
  // Only 3 logged this host at place 1, which 1 and 2 give to another. The host gets some other
  // place from the two that never logged anything for it, whoever coordinates.
  log_intent(1, 3, 2, 1);
  const SmallHost rival = authority.host("web2");
  without(3);
  REQUIRE(was_issued(authority.issue(1, rival)));
  without(9);
  const unsigned coordinator = GENERATE(1u, 2u, 3u);
  const daemon::Answer answer = authority.issue(coordinator, host);
  REQUIRE(was_issued(answer));
  CHECK(std::get<enroll::Bundle>(answer).networks.front() != prefix("10.42.0.1/16"));
  CHECK(std::get<enroll::Bundle>(answer).signers == std::vector<std::string>{"party1", "party2"});
  for (const unsigned party : {1u, 2u, 3u})
    CHECK(authority.party(party).registry->holding(host.digest())->subject.networks ==
          std::get<enroll::Bundle>(answer).networks);
}

TEST_CASE("hosts that enrol at all parties at the same moment get different addresses") {
  SmallAuthority authority(2, 3, {milliseconds(500), milliseconds(5'000), milliseconds(5'000)});
  authority.bend = some_distance;
  std::vector<SmallHost> hosts;
  std::vector<SmallAuthority::Submission> submissions;
  for (unsigned i = 0; i < 12; ++i) hosts.push_back(authority.host("web" + std::to_string(i)));
  for (unsigned i = 0; i < 12; ++i) submissions.push_back({1 + i % 3, &hosts[i]});
  const auto answers = authority.issue(submissions);
  std::set<ca::IpAddress> seen;
  for (const daemon::Answer& answer : answers) {
    REQUIRE(was_issued(answer));
    for (const auto& network : std::get<enroll::Bundle>(answer).networks)
      CHECK(seen.insert(network.address).second);
  }
  CHECK(seen.size() == 24);
  check_no_accusations(authority);
}

TEST_CASE("one request at all parties at the same moment gets one set of terms") {
  SmallAuthority authority(2, 3, {milliseconds(500), milliseconds(5'000), milliseconds(5'000)});
  authority.bend = some_distance;
  const SmallHost host = authority.host("web1");
  const auto answers = authority.issue({{1, &host}, {2, &host}, {3, &host}});
  for (const daemon::Answer& answer : answers) {
    REQUIRE(was_issued(answer));
    const auto of = [](const daemon::Answer& a) { return std::get<enroll::Bundle>(a); };
    CHECK(of(answer).networks == of(answers.front()).networks);
    CHECK(of(answer).not_after == of(answers.front()).not_after);
  }
}

TEST_CASE("two coordinators of one request at once cannot leave it without a quorum") {
  SmallAuthority authority(2, 2);
  const SmallHost host = authority.host("web1");
  HandSession one(authority, 1, {proposed(authority, host, 7)}),
      two(authority, 2, {proposed(authority, host, 9)});
  const bool second_first = GENERATE(false, true);
  // As messages cross: each coordinator has asked itself before the other one's proposal comes.
  if (second_first) {
    CHECK(two.verdict(2).rule.empty());
    CHECK(one.verdict(2).rule.empty());
    CHECK(one.verdict(1).rule.empty());
  } else {
    CHECK(one.verdict(1).rule.empty());
    CHECK(two.verdict(2).rule.empty());
    CHECK(one.verdict(2).rule.empty());
  }
  const daemon::HostAnswer told = two.verdict(1);
  CHECK(told.rule == "request.proposed_elsewhere");
  CHECK_FALSE(told.final);
  REQUIRE(told.recorded);
  CHECK(told.recorded->networks.front() == prefix("10.42.0.7/16"));
  CHECK(declined_code(one.ask_to_sign(1)).empty());
  CHECK_FALSE(declined_code(two.ask_to_sign(2)).empty());
  CHECK(authority.party(2).log->size() == 0);
  const unsigned coordinator = GENERATE(1u, 2u);
  const daemon::Answer answer = authority.issue(coordinator, host);
  REQUIRE(was_issued(answer));
  CHECK(std::get<enroll::Bundle>(answer).networks.front() == prefix("10.42.0.7/16"));
}

TEST_CASE_METHOD(Fixture, "a proposal that another one displaced is not signed") {
  HandSession third(authority, 3, {proposed(authority, host, 9)});
  CHECK(third.verdict(2).rule.empty());
  CHECK(third.verdict(3).rule.empty());
  SECTION("by a party with a lower number") {
    HandSession first(authority, 1, {proposed(authority, host, 7)});
    CHECK(first.verdict(2).rule.empty());
    CHECK(declined_code(third.ask_to_sign(2)) == "request.no_longer_approved");
    CHECK(authority.party(2).log->size() == 0);
  }
  SECTION("by its own coordinator") {
    HandSession again(authority, 3, {proposed(authority, host, 8)});
    CHECK(again.verdict(2).rule.empty());
    CHECK(declined_code(third.ask_to_sign(2)) == "request.no_longer_approved");
  }
  SECTION("but equal terms displace nothing") {
    HandSession first(authority, 1, {proposed(authority, host, 9)});
    CHECK(first.verdict(2).rule.empty());
    CHECK(declined_code(third.ask_to_sign(2)).empty());
  }
}

TEST_CASE_METHOD(Fixture, "no coordinator keeps a request from others for longer than a moment") {
  const auto by = [&](unsigned coordinator, unsigned place) {
    HandSession session(authority, coordinator, {proposed(authority, host, place)});
    return session.verdict(3).rule;
  };
  CHECK(by(1, 7).empty());
  CHECK(by(2, 9) == "request.proposed_elsewhere");
  SECTION("nor by proposing it again and again") {
    CHECK(by(1, 8).empty());
    CHECK(by(2, 9).empty());
  }
  SECTION("nor by silence") {
    authority.now += daemon::reservation_lifetime;
    CHECK(by(2, 9).empty());
    CHECK(by(1, 8).empty());
    CHECK(by(2, 9).empty());
  }
}
