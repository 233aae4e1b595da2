// tests/misbehaviour/issuance_coordinators_test.cpp — coordinators that lie to honest signers: no
// share leaves that should not, no nonce is used twice, and what can be proven is.
#include "tests/support/hand_session.h"

using namespace jointca;
using namespace jointca::test;
using daemon::CommitmentsMessage;
using daemon::SignRequest;
using frost::ShareMessage;

namespace {

const Identifier cheat = P(1);

struct Fixture {
  SmallAuthority authority;
  SmallHost web = authority.host("web1");
  SmallHost db = authority.host("db1");

  HandSession session(unsigned place = 1) {
    return HandSession(authority, 1, {proposed(authority, web, place)});
  }
  HandSession two_hosts() {
    return HandSession(authority, 1, {proposed(authority, web, 1), proposed(authority, db, 2)});
  }
  /// Nothing was signed or logged, and honest parties still issue.
  void check_nothing_signed() {
    for (const unsigned party : {2u, 3u}) {
      CHECK(authority.party(party).log->size() == 0);
      CHECK(authority.party(party).registry->holdings().empty());
    }
    const SmallHost other = authority.host("other");
    CHECK(was_issued(authority.issue(2, other)));
  }
};

/// Declines with `code`, and the nonces are gone: the right request comes too late.
void check_declined(Fixture& fixture, HandSession& session, const SignRequest& request,
                    const std::string& code) {
  CHECK(declined_code(session.ask(2, session.sealed(request))) == code);
  CHECK(declined_code(session.ask_to_sign(2)) == "session.unknown");
  fixture.check_nothing_signed();
}

}  // namespace

TEST_CASE_METHOD(Fixture, "an honest session by hand gives valid shares") {
  HandSession by_hand = session();
  PerParty<ShareMessage> shares;
  PerParty<frost::CommitMessage> commitments;
  for (const unsigned signer : {2u, 3u}) {
    const auto message = by_hand.propose(signer);
    const auto all = parse(std::type_identity<frost::CommitMessage>{}, message.commitments);
    REQUIRE(all);
    commitments.emplace(P(signer), *daemon::commitments_for(message, *all, {0}, {2}));
  }
  for (const unsigned signer : {2u, 3u}) by_hand.ask_to_sign(signer);
  for (const unsigned signer : {2u, 3u})
    shares.emplace(P(signer), opened<ShareMessage>(shares_in(by_hand.show_proofs(signer)),
                                                   MessageType::shares));
  const auto host = proposed(authority, web, 1);
  const auto items = daemon::expected_items(
      enroll::to_proposal(authority.verified(web), host.networks, host.not_before, host.not_after),
      daemon::issuer_of(authority.party(1).member));
  REQUIRE(items);
  std::vector<frost::Statement> statements;
  for (const auto& item : *items) statements.push_back({"", item.to_be_signed});
  const auto package = frost::make_package(std::move(statements), commitments);
  REQUIRE(package);
  CHECK(frost::aggregate_batch(*package, shares, authority.party(1).member.key.group));
}

TEST_CASE_METHOD(Fixture, "a coordinator that shows two signers different proposals is convicted") {
  HandSession by_hand = session();
  by_hand.propose(2);
  by_hand.proposal = by_hand.make_proposal({proposed(authority, web, 9)});
  by_hand.propose(3);
  const Envelope request = by_hand.sealed(by_hand.request());
  for (const unsigned signer : {2u, 3u})
    CHECK(declined_code(by_hand.ask(signer, request)) == "request.proposal");
  check_only_culprit(authority, cheat, "broadcast.equivocation");
  CHECK(authority.party(2).accusations.size() == 1);
  CHECK(authority.party(3).accusations.size() == 1);
  check_nothing_signed();
}

TEST_CASE_METHOD(Fixture, "a coordinator that makes two proposals for one session is convicted") {
  HandSession by_hand = session();
  by_hand.propose(2);
  const Envelope first = by_hand.commitments.at(P(2));
  const Envelope second = by_hand.make_proposal({proposed(authority, web, 9)});
  CHECK(declined_code(by_hand.ask(2, second)) == "session.used");
  check_only_culprit(authority, cheat, "broadcast.equivocation");
  // The same proposal again is no lie, and gets the same nonces.
  CHECK(by_hand.ask(2, by_hand.proposal) == first);
  CHECK(authority.party(2).accusations.size() == 1);
  check_nothing_signed();
}

TEST_CASE_METHOD(Fixture, "a proposal to one party alone is declined, so that nobody is framed") {
  // With such a proposal the coordinator could show the answer to it as a false report.
  HandSession by_hand = session();
  Envelope alone = by_hand.proposal;
  alone.header.to = 2;
  alone = authority.party(1).again(alone, alone.payload);
  CHECK(declined_code(by_hand.ask(2, alone)) == "proposal.malformed");
  const Envelope answer = by_hand.ask(2, by_hand.proposal);
  const Evidence lie{authority.id(), by_hand.id, P(2), "issuance.commitments.proposal",
                     {answer},       {},         {}};
  CHECK_FALSE(verify_evidence(lie, authority.context(), daemon::all_checks(authority.authority())));
}

TEST_CASE_METHOD(Fixture, "honest answers are no evidence of anything") {
  HandSession by_hand = session();
  for (const unsigned signer : {2u, 3u}) by_hand.propose(signer);
  for (const unsigned signer : {2u, 3u}) by_hand.ask_to_sign(signer);
  const Envelope share = shares_in(by_hand.show_proofs(2));
  for (const auto& [check, unused] : daemon::all_checks(authority.authority()))
    for (const Envelope& message : {by_hand.commitments.at(P(2)), by_hand.logged.at(P(2)), share}) {
      const Evidence lie{authority.id(), by_hand.id, P(2), check, {message}, {}, {}};
      CHECK_FALSE(
          verify_evidence(lie, authority.context(), daemon::all_checks(authority.authority())));
    }
}

TEST_CASE_METHOD(Fixture, "a signer signs only hosts that it approved") {
  SECTION("not one that it refused") {
    HandSession by_hand(authority, 1, {proposed(authority, web, 1), proposed(authority, db, 1)});
    for (const unsigned signer : {2u, 3u}) {
      const auto answer = by_hand.propose(signer);
      CHECK(approved(answer.hosts[0]));
      CHECK(answer.hosts[1].rule == "address.in_use");
    }
    check_declined(*this, by_hand, by_hand.request({0, 1}), "request.hosts");
  }
  SECTION("not one that waits for its operator") {
    ca::Policy policy = authority.party(2).signer->policy();
    policy.rules.push_back({"dbs", {}, {}});
    policy.rules.back().match.names = {{"db*"}};
    policy.rules.back().permissions.approve = ca::Approval::ask;
    authority.party(2).signer->set_policy(policy);
    HandSession by_hand = two_hosts();
    for (const unsigned signer : {2u, 3u}) by_hand.propose(signer);
    check_declined(*this, by_hand, by_hand.request({0, 1}), "request.hosts");
  }
  SECTION("not one that was not proposed") {
    HandSession by_hand = session();
    for (const unsigned signer : {2u, 3u}) by_hand.propose(signer);
    check_declined(*this, by_hand, by_hand.request({0, 1}), "request.hosts");
  }
}

TEST_CASE_METHOD(Fixture, "shares for two different sets of hosts do not go together") {
  HandSession by_hand = two_hosts();
  for (const unsigned signer : {2u, 3u}) by_hand.propose(signer);
  CHECK(declined_code(by_hand.ask_to_sign(2, by_hand.request({0}))).empty());
  CHECK(declined_code(by_hand.ask_to_sign(3, by_hand.request({0, 1}))).empty());
  for (const unsigned signer : {2u, 3u})
    CHECK(declined_code(by_hand.show_proofs(signer)) == "proofs.other_request");
  CHECK(declined_code(by_hand.ask(2, by_hand.sealed(by_hand.request({0, 1})))) == "session.spent");
  CHECK(declined_code(by_hand.ask(3, by_hand.sealed(by_hand.request({0})))) == "session.spent");
}

TEST_CASE_METHOD(Fixture, "the set of signers cannot change after a share") {
  HandSession by_hand = session();
  for (const unsigned signer : {1u, 2u, 3u}) by_hand.propose(signer);
  SignRequest with_three = by_hand.request(), with_one = by_hand.request();
  with_three.commitments.erase(with_three.commitments.begin());
  with_one.commitments.pop_back();
  CHECK(declined_code(by_hand.ask(2, by_hand.sealed(with_three))).empty());
  CHECK(declined_code(by_hand.ask(2, by_hand.sealed(with_one))) == "session.spent");
}

TEST_CASE_METHOD(Fixture, "a sign request again gets the same bytes, another one gets nothing") {
  HandSession by_hand = two_hosts();
  for (const unsigned signer : {2u, 3u}) by_hand.propose(signer);
  const Envelope request = by_hand.sealed(by_hand.request({0, 1}));
  const Envelope share = by_hand.ask(2, request);
  REQUIRE(declined_code(share).empty());
  const auto logged = authority.party(2).log->size();
  CHECK(by_hand.ask(2, request) == share);
  CHECK(authority.party(2).log->size() == logged);
  CHECK(declined_code(by_hand.ask(2, by_hand.sealed(by_hand.request({1})))) == "session.spent");
  CHECK(declined_code(by_hand.ask(2, by_hand.proposal)) == "session.spent");

  authority.party(2).restart();
  CHECK(declined_code(by_hand.ask(2, request)) == "session.spent");
  CHECK(declined_code(by_hand.ask(2, by_hand.proposal)) == "session.spent");
  CHECK(authority.party(2).log->size() == logged);
}

TEST_CASE_METHOD(Fixture, "a session that was open at a restart cannot be finished") {
  HandSession by_hand = session();
  for (const unsigned signer : {2u, 3u}) by_hand.propose(signer);
  const Envelope request = by_hand.sealed(by_hand.request());
  authority.party(2).restart();
  CHECK(declined_code(by_hand.ask(2, request)) == "session.unknown");
  // Proposed again, it has other nonces, which the old request does not name.
  const Envelope before = by_hand.commitments.at(P(2));
  by_hand.propose(2);
  CHECK(by_hand.commitments.at(P(2)) != before);
  CHECK(declined_code(by_hand.ask(2, request)) == "request.commitments");
  check_nothing_signed();
  check_no_accusations(authority);
}

TEST_CASE_METHOD(Fixture, "a session is not signed after its time") {
  HandSession by_hand = session();
  for (const unsigned signer : {2u, 3u}) by_hand.propose(signer);
  authority.now += daemon::session_lifetime + Duration{1};
  CHECK(declined_code(by_hand.ask_to_sign(2)) == "session.unknown");
  check_nothing_signed();
}

TEST_CASE_METHOD(Fixture, "a signer takes only the commitments of this session's parties") {
  HandSession by_hand = session();
  for (const unsigned signer : {1u, 2u, 3u}) by_hand.propose(signer);
  SignRequest request = by_hand.request();
  std::string code = "request.commitments";
  SECTION("its own are there") {
    std::erase_if(request.commitments,
                  [](const Envelope& envelope) { return envelope.header.from == 2; });
  }
  SECTION("its own are those of this session") {
    HandSession other = session();
    other.propose(2);
    request.commitments[1] = other.commitments.at(P(2));
  }
  SECTION("no signer stands there twice") {
    code = "request.malformed";
    request.commitments = {by_hand.commitments.at(P(2)), by_hand.commitments.at(P(2)),
                           by_hand.commitments.at(P(3))};
  }
  SECTION("signers stand in the order of their identifiers") {
    code = "request.malformed";
    std::swap(request.commitments[0], request.commitments[2]);
  }
  SECTION("there are enough signers") {
    code = "request.malformed";
    request.commitments = {by_hand.commitments.at(P(2)), by_hand.commitments.at(P(2))};
  }
  SECTION("every signer is a party") {
    Envelope stranger = request.commitments[2];
    stranger.header.from = 9;
    request.commitments[2] = authority.party(1).again(stranger, stranger.payload);
  }
  SECTION("every signer signed its own") {
    request.commitments[2] =
        authority.party(1).again(request.commitments[2], request.commitments[2].payload);
  }
  SECTION("they are for this coordinator") {
    Envelope& envelope = request.commitments[2];
    envelope.header.to = 2;
    envelope = authority.party(3).again(envelope, envelope.payload);
  }
  SECTION("they are well-formed") {
    request.commitments[2] = authority.party(3).again(request.commitments[2], Bytes{1, 2});
  }
  SECTION("they are for exactly these hosts") {
    auto message = opened<CommitmentsMessage>(request.commitments[2], MessageType::commitments);
    message.hosts[0].standing = daemon::HostAnswer::Standing::refused;
    request.commitments[2] = authority.party(3).again(request.commitments[2], encoded(message));
  }
  check_declined(*this, by_hand, request, code);
  check_no_accusations(authority);
}

TEST_CASE_METHOD(Fixture, "a malformed sign request is declined") {
  HandSession by_hand = session();
  for (const unsigned signer : {2u, 3u}) by_hand.propose(signer);
  const Envelope garbage = authority.party(1).say(by_hand.id, MessageType::sign_request, 0, {7});
  CHECK(declined_code(by_hand.ask(2, garbage)) == "request.malformed");
  CHECK(declined_code(by_hand.ask(2, by_hand.make_proposal({}))) == "proposal.malformed");
  check_nothing_signed();
}

TEST_CASE_METHOD(Fixture, "a message whose sender TLS did not authenticate closes the connection") {
  HandSession by_hand = session();
  SmallParty& honest = authority.party(3);
  CHECK_THROWS(honest.answer(P(2), by_hand.proposal));
  Envelope forged = by_hand.proposal;
  forged.header.from = 2;
  CHECK_THROWS(honest.answer(P(1), authority.party(1).again(forged, forged.payload)));
  CHECK_THROWS(honest.answer(P(2), authority.party(1).again(forged, forged.payload)));
  Envelope elsewhere = by_hand.proposal;
  elsewhere.header.authority[0] ^= 1;
  CHECK_THROWS(honest.answer(P(1), authority.party(1).again(elsewhere, elsewhere.payload)));
  Envelope for_another = by_hand.proposal;
  for_another.header.to = 2;
  CHECK_THROWS(honest.answer(P(1), authority.party(1).again(for_another, for_another.payload)));
  Envelope broken = by_hand.proposal;
  broken.signature[63] ^= 1;
  CHECK_THROWS(honest.answer(P(1), broken));
  check_nothing_signed();
}

TEST_CASE_METHOD(Fixture, "another party cannot finish a coordinator's session") {
  HandSession by_hand = session();
  for (const unsigned signer : {2u, 3u}) by_hand.propose(signer);
  const SignRequest request = by_hand.request();
  const Envelope stolen =
      authority.party(3).say(by_hand.id, MessageType::sign_request, 0, encoded(request));
  CHECK(declined_code(authority.party(2).answer(P(3), stolen)) == "session.unknown");
  CHECK(authority.party(2).log->size() == 0);
  CHECK(declined_code(by_hand.ask_to_sign(2)).empty());
}
