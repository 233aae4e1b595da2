// tests/misbehaviour/revocation_test.cpp — votes and lists among parties of which one lies.
#include <soci/soci.h>

#include "daemon/items.h"
#include "tests/support/small_authority.h"

using namespace jointca;
using namespace jointca::test;
using daemon::ListProposal;
using daemon::RevocationStanding;

namespace {

struct Fixture {
  SmallAuthority authority;

  template <class Work>
  void run(Work work) {
    bool done = false;
    boost::asio::co_spawn(authority.io, std::move(work),
                          [&](const std::exception_ptr& thrown, auto&&...) {
                            done = true;
                            if (thrown) std::rethrow_exception(thrown);
                          });
    REQUIRE(authority.run_until([&] { return done; }));
    authority.drain();
  }
  void pull() {
    for (const unsigned party : {1U, 2U, 3U})
      run(authority.party(party).mirror_service->pull_all());
  }
  bool make_list(unsigned party) {
    const auto number = authority.party(party).lists->number();
    run(authority.party(party).revocations->make_list());
    return authority.party(party).lists->newest() &&
           authority.party(party).lists->newest()->number > number;
  }
  RevocationStanding vote(unsigned party, const std::string& target) {
    const auto targets = authority.party(party).voting->find(target, authority.now);
    REQUIRE(targets);
    REQUIRE(targets->size() == 1);
    const auto standing =
        authority.party(party).voting->vote(targets->front(), "stolen", authority.now);
    REQUIRE(standing);
    return *standing;
  }
  /// What a liar writes into its own log.
  void log(unsigned party, const log::RevokeEntry& entry) {
    SmallParty& liar = authority.party(party);
    auto append = liar.log->prepare({entry});
    REQUIRE(append);
    REQUIRE(liar.store->transact([&](soci::session& sql) { liar.log->write(sql, *append); }));
    liar.log->apply(*std::move(append));
  }
  std::vector<Digest> listed(unsigned party) {
    std::vector<Digest> fingerprints;
    REQUIRE(authority.party(party).lists->newest());
    for (const auto& each : authority.party(party).lists->newest()->revoked)
      fingerprints.push_back(each.fingerprint);
    return fingerprints;
  }
  ca::Revocations list(std::uint64_t number) const {
    return {authority.id(), number, authority.now, authority.now + ca::revocations_validity, {}};
  }
};

std::vector<Digest> fingerprints_in(const daemon::Answer& answer) {
  std::vector<Digest> fingerprints;
  for (const auto& certificate : certificates_in(answer))
    fingerprints.push_back(nebula::fingerprint(certificate));
  std::sort(fingerprints.begin(), fingerprints.end());
  return fingerprints;
}

/// A coordinator by hand.
struct HandList {
  HandList(SmallAuthority& the_authority, unsigned the_coordinator, const ca::Revocations& list)
      : authority(the_authority),
        coordinator(the_coordinator),
        id(the_authority.rng().array<32>()),
        proposal(say(MessageType::list_proposal, encoded(ListProposal{ca::to_json(list), {}}))) {}

  Envelope say(MessageType type, Bytes payload) const {
    return authority.party(coordinator).say(id, type, 0, std::move(payload));
  }
  Envelope ask(unsigned to, const Envelope& message) const {
    return authority.party(to).answer(P(coordinator), message);
  }
  std::string propose(unsigned to) {
    const Envelope answer = ask(to, proposal);
    if (declined_code(answer).empty()) commitments.push_back(answer);
    return declined_code(answer);
  }
  Envelope request(unsigned to) const {
    return ask(to, say(MessageType::list_request, encoded(daemon::ListSignRequest{commitments})));
  }

  SmallAuthority& authority;
  unsigned coordinator;
  Digest id;
  Envelope proposal;
  std::vector<Envelope> commitments;
};

SmallAuthority& authority_of(Fixture& fixture) { return fixture.authority; }

}  // namespace

TEST_CASE_METHOD(Fixture,
                 "what t parties want revoked is listed by all, and one party is not enough") {
  const SmallHost host = authority.host("web1"), other = authority.host("web2");
  const daemon::Answer answer = authority.issue(1, host);
  REQUIRE(was_issued(answer));
  REQUIRE(was_issued(authority.issue(2, other)));
  pull();
  REQUIRE(make_list(1));
  CHECK(listed(3).empty());
  const RevocationStanding asked = vote(1, "WEB1");
  CHECK(asked.state == RevocationStanding::State::waiting);
  CHECK(vote(1, "web1").voices.size() == 1);
  pull();
  const auto open = authority.party(2).voting->all();
  REQUIRE(open.size() == 1);
  CHECK(open[0].state == RevocationStanding::State::open);
  CHECK(open[0].name == "web1");
  CHECK(open[0].voices.at(1).reason == "stolen");
  CHECK_FALSE(authority.party(2).registry->is_revoked(host.identity.public_key()));
  CHECK_FALSE(make_list(1));

  CHECK(vote(2, "web1").state == RevocationStanding::State::revoked);
  pull();
  REQUIRE(make_list(2));
  for (const unsigned party : {1U, 2U, 3U}) {
    CHECK(listed(party) == fingerprints_in(answer));
    CHECK(authority.party(party).registry->is_revoked(host.identity.public_key()));
    authority.party(party).restart();
    CHECK(listed(party) == fingerprints_in(answer));
    CHECK(authority.party(party).registry->is_revoked(host.identity.public_key()));
    CHECK_FALSE(authority.party(party).registry->is_revoked(other.identity.public_key()));
  }
  // The host gets nothing; another one gets its name.
  const SmallHost again =
      authority.host(authority.invite(1, authority.terms("web9")), &host.identity);
  const daemon::Answer refused = authority.issue(3, again);
  REQUIRE(std::holds_alternative<daemon::Declination>(refused));
  CHECK(std::get<daemon::Declination>(refused).rule == "host.revoked");
  const SmallHost heir = authority.host("web1");
  CHECK(was_issued(authority.issue(1, heir)));
  check_no_accusations(authority);
}

TEST_CASE_METHOD(Fixture, "a list is kept fresh, and ends with the certificates that it lists") {
  const SmallHost host = authority.host("web1");
  REQUIRE(was_issued(authority.issue(1, host)));
  pull();
  vote(1, "web1");
  vote(2, "web1");
  pull();
  REQUIRE(make_list(1));
  const auto first = *authority.party(2).lists->newest();
  CHECK(first.revoked.size() == 2);
  CHECK_FALSE(*authority.party(3).revocations->is_due());
  authority.now += ca::revocations_validity / 2;
  CHECK(*authority.party(3).revocations->is_due());
  REQUIRE(make_list(3));
  CHECK(authority.party(1).lists->newest()->number == first.number + 1);
  CHECK(authority.party(1).lists->newest()->revoked == first.revoked);
  authority.now += Duration{8 * 86400};
  REQUIRE(make_list(1));
  CHECK(authority.party(2).lists->newest()->revoked.empty());
}

TEST_CASE_METHOD(Fixture, "a signer signs no list but the one that it sees itself") {
  ca::Revocations proposed = list(1);
  std::string expected;
  SECTION("one certificate too many") {
    proposed.revoked.push_back({Digest{1}, Digest{2}, "nebula-v1", authority.now + Duration{60}});
    expected = "list.differs";
  }
  SECTION("another authority") {
    proposed.authority = Digest{1};
    expected = "list.authority";
  }
  SECTION("too early") {
    proposed.this_update += ca::clock_skew_max + Duration{1};
    proposed.next_update += ca::clock_skew_max + Duration{1};
    expected = "list.time";
  }
  SECTION("too late") {
    proposed.this_update -= ca::clock_skew_max + Duration{1};
    proposed.next_update -= ca::clock_skew_max + Duration{1};
    expected = "list.time";
  }
  SECTION("longer than a list may hold") {
    proposed.next_update += Duration{1};
    expected = "list.time";
  }
  SECTION("a number that uses up the others") {
    proposed.number = ca::revocations_number_max;
    expected = "list.number";
  }
  HandList by_hand(authority, 1, proposed);
  CHECK(by_hand.propose(2) == expected);
}

TEST_CASE_METHOD(Fixture, "a signer leaves out no certificate that it sees revoked") {
  const SmallHost host = authority.host("web1");
  REQUIRE(was_issued(authority.issue(1, host)));
  pull();
  vote(1, "web1");
  vote(3, "web1");
  pull();
  HandList by_hand(authority, 1, list(1));
  CHECK(by_hand.propose(2) == "list.differs");
}

TEST_CASE_METHOD(Fixture, "no number is signed for two lists") {
  HandList first(authority, 1, list(7));
  REQUIRE(first.propose(2).empty());
  REQUIRE(first.propose(3).empty());
  ca::Revocations other = list(7);
  other.this_update += Duration{1};
  other.next_update += Duration{1};
  HandList second(authority, 1, other);
  REQUIRE(second.propose(2).empty());
  REQUIRE(second.propose(3).empty());
  REQUIRE(declined_code(first.request(2)).empty());
  CHECK(declined_code(first.request(2)) == "session.unknown");  // the nonces are spent
  SECTION("in a session that was open already") {
    CHECK(declined_code(second.request(2)) == "list.number");
  }
  SECTION("in a new one, after a restart") {
    authority.party(2).restart();
    HandList third(authority, 1, other);
    CHECK(third.propose(2) == "list.number");
    ca::Revocations later = list(8);
    CHECK(HandList(authority, 1, later).propose(2).empty());
  }
}

TEST_CASE_METHOD(Fixture, "a number is spent durably before a share leaves") {
  HandList by_hand(authority, 1, list(1));
  REQUIRE(by_hand.propose(2).empty());
  REQUIRE(by_hand.propose(3).empty());
  SmallParty& signer = authority.party(2);
  REQUIRE(signer.store->transact([](soci::session& sql) {
    sql << "create trigger full_disk before insert on spent_list "
           "begin select raise(abort, 'disk full'); end";
  }));
  CHECK(declined_code(by_hand.request(2)) == "list.failed");
  CHECK(signer.lists->number() == 0);
}

TEST_CASE_METHOD(Fixture, "a coordinator cannot use up the numbers of lists") {
  std::uint64_t next = 1;
  const auto spend = [&](unsigned coordinator) {
    HandList by_hand(authority, coordinator, list(next));
    for (const unsigned signer : {std::min(2U, coordinator), std::max(2U, coordinator)})
      REQUIRE(by_hand.propose(signer).empty());
    const std::string code = declined_code(by_hand.request(2));
    if (code.empty()) ++next;
    return code;
  };
  for (std::size_t i = 0; i < daemon::spends_max; ++i) CHECK(spend(1).empty());
  CHECK(spend(1) == "list.too_often");
  CHECK(authority.party(2).lists->number() == daemon::spends_max);
  CHECK(spend(3).empty());
  authority.now += daemon::spends_period;
  CHECK(spend(1).empty());
}

TEST_CASE_METHOD(Fixture, "a request for a list names commitments of its own session only") {
  HandList by_hand(authority, 1, list(1));
  REQUIRE(by_hand.propose(2).empty());
  REQUIRE(by_hand.propose(3).empty());
  SECTION("without those of the signer") {
    by_hand.commitments.erase(by_hand.commitments.begin());
    by_hand.commitments.push_back(authority.party(3).say(by_hand.id, MessageType::logged, 1, {}));
  }
  SECTION("with a changed one") { by_hand.commitments[1].payload.back() ^= 1; }
  SECTION("with one of another session") {
    HandList other(authority, 1, list(2));
    REQUIRE(other.propose(3).empty());
    by_hand.commitments[1] = other.commitments[0];
  }
  CHECK_FALSE(declined_code(by_hand.request(2)).empty());
  CHECK(authority.party(2).lists->number() == 0);
}

TEST_CASE_METHOD(Fixture, "a coordinator that shows two lists is convicted by its own signatures") {
  ca::Revocations other = list(2);
  HandList by_hand(authority, 1, list(1));
  HandList twin(authority, 1, other);
  twin.id = by_hand.id;
  twin.proposal =
      twin.say(MessageType::list_proposal, encoded(ListProposal{ca::to_json(other), {}}));
  REQUIRE(by_hand.propose(2).empty());
  SECTION("to one signer") { CHECK(twin.propose(2) == "session.used"); }
  SECTION("to two signers") {
    REQUIRE(twin.propose(3).empty());
    by_hand.commitments.push_back(twin.commitments[0]);
    CHECK(declined_code(by_hand.request(2)) == "request.proposal");
  }
  check_only_culprit(authority, P(1), "broadcast.equivocation");
}

TEST_CASE_METHOD(Fixture, "a signer that spoils a list is convicted, and the others make it") {
  const auto cheat = [this](MessageType type, auto change) {
    authority.bend = [this, type, change](Identifier from, Identifier, Envelope& message) {
      if (from == P(2) && message.header.round == number(type))
        message = authority.party(2).again(message, change(message.payload));
      return Fate{};
    };
  };
  std::string check;
  SECTION("a wrong share") {
    cheat(MessageType::shares, [](Bytes payload) {
      payload[payload.size() - 32] ^= 1;
      return payload;
    });
    check = "frost.sign.share";
  }
  SECTION("malformed shares") {
    cheat(MessageType::shares, [](const Bytes&) { return Bytes{9}; });
    check = "frost.sign.malformed";
  }
  SECTION("malformed commitments") {
    cheat(MessageType::list_commitments, [](const Bytes&) { return Bytes{9}; });
    check = "list.commitments.malformed";
  }
  SECTION("commitments to a proposal that was never made") {
    cheat(MessageType::list_commitments, [](Bytes payload) {
      payload[1] ^= 1;  // of the proposal's digest
      return payload;
    });
    check = "list.commitments.proposal";
  }
  REQUIRE(make_list(1));
  CHECK(authority.party(3).lists->newest() == authority.party(1).lists->newest());
  check_only_culprit(authority, P(2), check);
}

TEST_CASE_METHOD(Fixture, "a party that is silent does not keep the others from a list") {
  authority.bend = [](Identifier, Identifier to, Envelope& message) {
    const bool second = message.header.round == number(MessageType::list_request);
    return Fate{to == P(2) && second ? Fate::End::lost : Fate::End::arrives};
  };
  REQUIRE(make_list(1));
  CHECK(authority.party(3).lists->newest().has_value());
}

TEST_CASE_METHOD(Fixture, "votes for what nobody knows, and a liar's names, do nothing") {
  const SmallHost host = authority.host("web1"), other = authority.host("db1");
  const daemon::Answer answer = authority.issue(1, host);
  REQUIRE(was_issued(answer));
  REQUIRE(was_issued(authority.issue(1, other)));
  pull();
  const Digest tbs = sha256(nebula::to_be_signed(certificates_in(answer)[0]));
  // Party 3 calls db1's identity "web1", and names certificates that are none.
  log(3, {authority.id(),
          "web1",
          other.identity.public_key(),
          {Digest{1}, tbs},
          "lie",
          authority.now});
  log(3, {authority.id(), "nobody", PublicKey{Digest{5}}, {}, "lie", authority.now});
  log(3, {authority.id(), "nobody", std::nullopt, {Digest{6}}, "lie", authority.now});
  log(3, {Digest{1}, "web1", host.identity.public_key(), {tbs}, "lie", authority.now});
  log(3, {authority.id(), "web1", other.identity.public_key(), {}, "again", authority.now});
  pull();
  const auto open = authority.party(1).voting->all();
  REQUIRE(open.size() == 1);
  CHECK(open[0].name == "db1");
  CHECK(open[0].voices.size() == 1);
  REQUIRE(make_list(1));
  CHECK(listed(2).empty());
  // Whoever agrees with the liar about db1 agrees to nothing about web1.
  REQUIRE(authority.party(1).voting->vote(open[0].target, "yes", authority.now));
  pull();
  REQUIRE(make_list(2));
  CHECK(listed(1).size() == 2);
  CHECK_FALSE(authority.party(2).registry->is_revoked(host.identity.public_key()));
}

TEST_CASE_METHOD(Fixture, "signatures in a liar's log put no certificate on a list") {
  const SmallHost host = authority.host("web1");
  const daemon::Answer answer = authority.issue(1, host);
  REQUIRE(was_issued(answer));
  const Digest tbs = sha256(nebula::to_be_signed(certificates_in(answer)[0]));
  SmallParty& liar = authority.party(3);
  auto append = liar.log->prepare({log::OutcomeEntry{Digest{1}, host.digest(), "nebula-v1", tbs,
                                                     SignatureBytes{7}, Digest{8}, authority.now}});
  REQUIRE(append);
  REQUIRE(liar.store->transact([&](soci::session& sql) { liar.log->write(sql, *append); }));
  liar.log->apply(*std::move(append));
  pull();
  vote(1, "web1");
  vote(2, "web1");
  pull();
  REQUIRE(make_list(1));
  CHECK(listed(3) == fingerprints_in(answer));
}

TEST_CASE_METHOD(Fixture, "what a liar's log calls a certificate keeps it from no list") {
  const SmallHost host = authority.host("web1");
  const daemon::Answer answer = authority.issue(1, host);
  REQUIRE(was_issued(answer));
  SmallParty& liar = authority.party(3);
  std::vector<log::Entry> lies;
  for (const log::Entry& entry : authority.party(1).entries())
    if (const auto* issue = std::get_if<log::IssueEntry>(&entry)) {
      log::IssueEntry lie = *issue;
      lie.kind = "wireguard";
      lie.r = {};  // the first that is found
      lies.emplace_back(lie);
    }
  REQUIRE_FALSE(lies.empty());
  auto append = liar.log->prepare(lies);
  REQUIRE(append);
  REQUIRE(liar.store->transact([&](soci::session& sql) { liar.log->write(sql, *append); }));
  liar.log->apply(*std::move(append));
  pull();
  vote(1, "web1");
  vote(2, "web1");
  pull();
  REQUIRE(make_list(1));
  CHECK(listed(2) == fingerprints_in(answer));
}

TEST_CASE_METHOD(Fixture, "a certificate that one party alone has seen is shown to the signers") {
  const SmallHost host = authority.host("web1");
  // Nobody else learns the outcome, and the coordinator's entry of it stays where it is.
  authority.bend = [](Identifier, Identifier, Envelope& message) {
    return Fate{message.header.round == number(MessageType::outcome) ? Fate::End::refused
                                                                     : Fate::End::arrives};
  };
  const daemon::Answer answer = authority.issue(1, host);
  REQUIRE(was_issued(answer));
  vote(1, "web1");
  pull();
  SmallParty& signer = authority.party(3);
  const auto targets = signer.voting->find("web1", authority.now);
  REQUIRE(targets);
  REQUIRE(targets->size() == 1);
  REQUIRE(signer.voting->vote(targets->front(), "yes", authority.now));
  for (const unsigned party : {2U, 3U})
    REQUIRE(authority.party(party).store->transact(
        [](soci::session& sql) { sql << "delete from certificate_signature"; }));
  CHECK(signer.view->revoked(std::nullopt, authority.now)->empty());
  pull();
  REQUIRE(make_list(1));
  for (const unsigned party : {1U, 2U, 3U}) CHECK(listed(party) == fingerprints_in(answer));
  signer.restart();
  CHECK(signer.view->revoked(std::nullopt, authority.now)->size() == 2);
}

TEST_CASE_METHOD(Fixture,
                 "a list that is no newer, or not the parties', is refused and the old stays") {
  REQUIRE(make_list(1));
  const std::string old = authority.party(2).lists->document();
  authority.now += ca::revocations_validity / 2;
  REQUIRE(make_list(1));
  daemon::RevocationLists& lists = *authority.party(2).lists;
  const std::string newest = lists.document();
  CHECK(newest != old);
  CHECK(lists.adopt(newest).has_value());
  CHECK_FALSE(lists.adopt(old));
  SmallAuthority stranger(2, 4);
  CHECK_FALSE(stranger.party(1).lists->adopt(newest));
  std::size_t accepted = 0;
  for (std::size_t at = 0; at < newest.size(); ++at) {
    std::string changed = newest;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    accepted += authority.party(3).lists->adopt(changed).has_value() ? 1 : 0;
    accepted += daemon::verify_revocations(changed, authority.authority(), authority.now) ? 1 : 0;
  }
  CHECK(accepted == 0);
  CHECK(lists.document() == newest);

  const auto& ca = authority_of(*this).authority();
  REQUIRE(daemon::verify_revocations(newest, ca, authority.now, 2));
  CHECK_FALSE(daemon::verify_revocations(newest, ca, authority.now, 3));
  CHECK_FALSE(daemon::verify_revocations(newest, ca, authority.now + ca::revocations_validity));
  CHECK_FALSE(daemon::verify_revocations(newest, ca, authority.now - Duration{301}));
  CHECK_FALSE(daemon::verify_revocations(newest, stranger.authority(), authority.now));
}

TEST_CASE_METHOD(Fixture, "a party whose log is halted neither votes nor signs a list") {
  const SmallHost host = authority.host("web1");
  REQUIRE(was_issued(authority.issue(1, host)));
  pull();
  SmallParty& party = authority.party(2);
  const auto targets = party.voting->find("web1", authority.now);
  party.log->halt("behind");
  CHECK_FALSE(party.voting->vote(targets->front(), "stolen", authority.now));
  CHECK(HandList(authority, 1, list(1)).propose(2) == "party.halted");
}

TEST_CASE_METHOD(Fixture, "a policy of revoke: auto agrees with another party") {
  const SmallHost host = authority.host("web1");
  REQUIRE(was_issued(authority.issue(1, host)));
  pull();
  vote(1, "web1");
  pull();
  CHECK(authority.party(2).voting->vote_by_policy(authority.now).agreed.empty());
  ca::Policy policy = authority.party(2).signer->policy();
  policy.revoke = ca::Approval::automatic;
  authority.party(2).signer->set_policy(policy);
  CHECK(authority.party(2).voting->vote_by_policy(authority.now).agreed.size() == 1);
  CHECK(authority.party(2).voting->vote_by_policy(authority.now).agreed.empty());
  CHECK(authority.party(2).registry->is_revoked(host.identity.public_key()));
}

TEST_CASE_METHOD(Fixture, "a vote by policy that fails does not keep it from the others") {
  for (const char* name : {"web1", "web2", "web3"}) {
    const SmallHost host = authority.host(name);
    REQUIRE(was_issued(authority.issue(1, host)));
  }
  pull();
  for (const char* name : {"web1", "web2", "web3"}) vote(1, name);
  pull();
  SmallParty& party = authority.party(2);
  ca::Policy policy = party.signer->policy();
  policy.revoke = ca::Approval::automatic;
  party.signer->set_policy(policy);
  REQUIRE(party.store->transact([](soci::session& sql) {
    sql << "create trigger bad_block before insert on leaf "
           "when new.data like '%\"name\":\"web2\"%' begin select raise(abort, 'bad'); end";
  }));
  const auto votes = party.voting->vote_by_policy(authority.now);
  CHECK(votes.agreed.size() == 2);
  REQUIRE(votes.failed.size() == 1);
  CHECK(votes.failed[0].starts_with("web2: "));
  REQUIRE(party.store->transact([](soci::session& sql) { sql << "drop trigger bad_block"; }));
  CHECK(party.voting->vote_by_policy(authority.now).agreed.size() == 1);
}
