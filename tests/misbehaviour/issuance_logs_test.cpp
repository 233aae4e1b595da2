// tests/misbehaviour/issuance_logs_test.cpp — no share leaves before every signer has logged the
// very same certificates, and a signer that has not is named.
#include <soci/soci.h>

#include "ca/logged.h"
#include "log/checkpoint.h"
#include "tests/support/hand_session.h"

using namespace jointca;
using namespace jointca::test;
using daemon::LoggedMessage;

namespace {

constexpr unsigned coordinator = 1;
const Identifier cheat = P(2);

struct Fixture {
  SmallAuthority authority;
  SmallHost web = authority.host("web1");

  /// Parties 2 and 3 have committed.
  HandSession session(unsigned place = 1) {
    HandSession made(authority, coordinator, {proposed(authority, web, place)});
    for (const unsigned signer : {2u, 3u}) made.propose(signer);
    return made;
  }
  HandSession logged_session() {
    HandSession made = session();
    for (const unsigned signer : {2u, 3u}) REQUIRE(declined_code(made.ask_to_sign(signer)).empty());
    return made;
  }
  daemon::Declined refusal(const Envelope& answer) {
    return opened<daemon::Declined>(answer, MessageType::declined);
  }
};

/// In every session the cheat alters what it says of its log.
template <class Change>
Bend lie_about_log(SmallAuthority& authority, Change change) {
  return [&authority, change](Identifier from, Identifier, Envelope& message) {
    if (from == cheat && message.header.round == number(MessageType::logged)) {
      auto logged = opened<LoggedMessage>(message, MessageType::logged);
      change(logged);
      message = authority.party(cheat).again(message, encoded(logged));
    }
    return Fate{};
  };
}

/// A checkpoint that the cheat's log key signs, of whatever it likes.
std::string forged(SmallAuthority& authority, std::uint64_t size, const Digest& root) {
  const SmallParty& liar = authority.party(cheat);
  return log::sign_checkpoint({liar.log->verifier().name, size, root}, liar.log_key);
}

void check_issued_by_others(SmallAuthority& authority) {
  const SmallHost host = authority.host("db1");
  const daemon::Answer answer = authority.issue(1, host);
  REQUIRE(was_issued(answer));
  CHECK(std::get<enroll::Bundle>(answer).signers == std::vector<std::string>{"party1", "party3"});
}

/// Both signers are proven to have logged it, and somebody has seen their logs.
void check_logged(SmallAuthority& authority, const nebula::Certificate& certificate,
                  const enroll::Bundle& bundle) {
  const auto found = ca::check_logged(authority.authority(), nebula::to_be_signed(certificate),
                                      to_array<64>(certificate.signature).value(), bundle.proofs);
  CHECK(found.parties.size() == bundle.signers.size());
  for (const ca::LoggedBy& each : found.parties) CHECK_FALSE(each.cosigners.empty());
}

}  // namespace

TEST_CASE("a signer that shows no proof of its log is convicted, and the others issue") {
  SmallAuthority authority;
  SECTION("a root that is not that of its entries") {
    authority.bend = lie_about_log(authority, [&](LoggedMessage& logged) {
      logged.checkpoint = forged(authority, logged.first + 2, Digest{1});
    });
  }
  SECTION("a tree without the entries") {
    authority.bend = lie_about_log(authority, [&](LoggedMessage& logged) {
      logged.checkpoint = forged(authority, 1, log::hash_leaf(Bytes{1}));
    });
  }
  SECTION("another approval than the one that it logged") {
    authority.bend =
        lie_about_log(authority, [](LoggedMessage& logged) { logged.approvals[0].rule += "x"; });
  }
  SECTION("another time than that of its entries") {
    authority.bend =
        lie_about_log(authority, [](LoggedMessage& logged) { logged.time += Duration{1}; });
  }
  SECTION("an edge that does not belong to the size") {
    authority.bend =
        lie_about_log(authority, [](LoggedMessage& logged) { logged.edge.emplace_back(); });
  }
  SECTION("a checkpoint that somebody else signed") {
    authority.bend = lie_about_log(authority, [&](LoggedMessage& logged) {
      logged.checkpoint = authority.party(3).log->checkpoint();
    });
  }
  SECTION("the same under the next CA certificate") {
    authority.now = authority.party(1).member.succession.turn_of(1) + Duration{86400};
    authority.bend =
        lie_about_log(authority, [](LoggedMessage& logged) { logged.time += Duration{1}; });
  }
  SECTION("one approval too many") {
    authority.bend = lie_about_log(authority, [](LoggedMessage& logged) {
      logged.approvals.push_back({"default", false});
    });
  }
  check_issued_by_others(authority);
  check_only_culprit(authority, cheat, "issuance.logged.proof");
}

TEST_CASE("a signer that logs for another request than the one asked costs nobody else a session") {
  SmallAuthority authority;
  authority.bend = lie_about_log(authority, [](LoggedMessage& logged) { logged.request[0] ^= 1; });
  check_issued_by_others(authority);
  check_no_accusations(authority);
}

TEST_CASE("a malformed proof of a log convicts its signer, and the others issue") {
  SmallAuthority authority;
  authority.bend = [&](Identifier from, Identifier, Envelope& message) {
    if (from == cheat && message.header.round == number(MessageType::logged))
      message = authority.party(cheat).again(message, Bytes{9});
    return Fate{};
  };
  check_issued_by_others(authority);
  check_only_culprit(authority, cheat, "issuance.logged.malformed");
}

TEST_CASE("a signer that shows two trees is convicted by its own two signatures") {
  SmallAuthority authority;
  const SmallHost first = authority.host("web1");
  REQUIRE(was_issued(authority.issue(1, first)));  // parties 1 and 2: one has a copy of two's log
  SECTION("a log that begins anew") {
    authority.bend = lie_about_log(authority, [&](LoggedMessage& logged) {
      // The entries of this session alone, as if there had been none before.
      const auto entries = authority.party(cheat).entries();
      log::Tree tree;
      for (std::size_t i = entries.size() - 2; i < entries.size(); ++i)
        (void)tree.append(log::hash_leaf(*log::encode(entries[i])));
      logged.first = 0;
      logged.edge.clear();
      logged.checkpoint = forged(authority, 2, tree.root());
    });
  }
  SECTION("a log whose beginning is another one") {
    authority.bend = lie_about_log(authority, [&](LoggedMessage& logged) {
      const auto entries = authority.party(cheat).entries();
      log::Tree tree;
      (void)tree.append(Digest{1});
      (void)tree.append(Digest{2});
      logged.first = 2;
      logged.edge.clear();
      for (const log::StoredHash& node : tree.edge()) logged.edge.push_back(node.hash);
      for (std::size_t i = entries.size() - 2; i < entries.size(); ++i)
        (void)tree.append(log::hash_leaf(*log::encode(entries[i])));
      logged.checkpoint = forged(authority, 4, tree.root());
    });
  }
  check_issued_by_others(authority);
  check_only_culprit(authority, cheat, "log.split_view");
}

TEST_CASE_METHOD(Fixture, "a share leaves only for proofs of all the signers of this session") {
  HandSession by_hand = logged_session();
  const auto spent = [&](unsigned to) {
    CHECK(declined_code(by_hand.show_proofs(to)) == "session.spent");
  };
  SECTION("one is missing") {
    by_hand.logged.erase(P(3));
    by_hand.logged.emplace(P(1), authority.party(1).say(by_hand.id, MessageType::logged, 1, {}));
    CHECK(declined_code(by_hand.show_proofs(2)) == "proofs.missing");
    spent(2);
  }
  SECTION("one is of another session") {
    HandSession other(authority, coordinator, {proposed(authority, web, 1)});
    for (const unsigned signer : {2u, 3u}) other.propose(signer);
    REQUIRE(declined_code(other.ask_to_sign(3)).empty());
    by_hand.logged.insert_or_assign(P(3), other.logged.at(P(3)));
    CHECK(declined_code(by_hand.show_proofs(2)) == "proofs.unsigned");
    spent(2);
  }
  SECTION("one was changed on its way") {
    by_hand.logged.at(P(3)).payload.back() ^= 1;
    CHECK(declined_code(by_hand.show_proofs(2)) == "proofs.unsigned");
    spent(2);
  }
  SECTION("they come from another coordinator") {
    daemon::ProofsMessage message;
    for (const auto& [signer, envelope] : by_hand.logged) message.logged.push_back(envelope);
    const Envelope stolen =
        authority.party(3).say(by_hand.id, MessageType::proofs, 0, encoded(message));
    CHECK(declined_code(authority.party(2).answer(P(3), stolen)) == "session.unknown");
    CHECK(declined_code(by_hand.show_proofs(2)).empty());
  }
  SECTION("too late") {
    authority.now += daemon::session_lifetime + Duration{1};
    CHECK(declined_code(by_hand.show_proofs(2)) == "session.unknown");
  }
  SECTION("after a restart") {
    authority.party(2).restart();
    CHECK(declined_code(by_hand.show_proofs(2)) == "session.spent");
  }
  SECTION("after the coordinator let it go") {
    const Envelope release = authority.party(1).say(by_hand.id, MessageType::release, 2, {});
    CHECK(declined_code(by_hand.ask(2, release)).empty());
    spent(2);
  }
  check_no_accusations(authority);
}

TEST_CASE_METHOD(Fixture, "the same proofs again get the same bytes, and sign nothing twice") {
  HandSession by_hand = logged_session();
  const Envelope released = by_hand.show_proofs(2);
  REQUIRE(declined_code(released).empty());
  CHECK(by_hand.show_proofs(2) == released);
  by_hand.logged.erase(P(3));
  by_hand.logged.emplace(P(1), authority.party(1).say(by_hand.id, MessageType::logged, 1, {}));
  CHECK(declined_code(by_hand.show_proofs(2)) == "session.spent");
}

TEST_CASE_METHOD(Fixture, "no share leaves for a host that was revoked since it was logged") {
  HandSession by_hand = logged_session();
  log::RevokeEntry vote;
  vote.authority = authority.id();
  vote.name = "web1";
  vote.host = web.identity.public_key();
  vote.reason = "stolen";
  vote.time = authority.now;
  for (const std::uint16_t log : {std::uint16_t{1}, std::uint16_t{3}})
    authority.party(2).registry->apply(log, vote);
  CHECK(declined_code(by_hand.show_proofs(2)) == "request.no_longer_approved");
  CHECK(declined_code(by_hand.show_proofs(3)).empty());  // it has not heard of the votes
}

TEST_CASE_METHOD(Fixture, "a copy and its cosignature are durable before a share leaves") {
  HandSession by_hand = logged_session();
  SmallParty& signer = authority.party(2);
  REQUIRE(signer.store->transact([](soci::session& sql) {
    sql << "create trigger full_disk before insert on cosignature "
           "begin select raise(abort, 'disk full'); end";
  }));
  CHECK(declined_code(by_hand.show_proofs(2)) == "log.failed");
  CHECK(signer.mirrors->of(P(3)).size() == 0);
  REQUIRE(signer.store->transact([](soci::session& sql) { sql << "drop trigger full_disk"; }));
  signer.restart();
  CHECK(signer.mirrors->of(P(3)).size() == 0);
  // The other one's went well: its copy and its cosignature are there after a restart.
  REQUIRE(declined_code(by_hand.show_proofs(3)).empty());
  authority.party(3).restart();
  const daemon::LogStore& copy = authority.party(3).mirrors->of(P(2));
  CHECK(copy.size() == signer.log->size());
  CHECK(copy.checkpoint() == signer.log->checkpoint());
  const auto cosigner = ca::log_keys(authority.authority().parties[2].card)->cosigner;
  CHECK(log::open_checkpoint(*copy.cosigned_checkpoint(), copy.verifier(), std::vector{cosigner})
            ->cosignatures.size() == 1);
}

TEST_CASE("a signer that missed sessions of others catches up before it signs") {
  SmallAuthority authority;
  authority.bend = [](Identifier, Identifier to, Envelope&) {
    return Fate{to == P(3) ? Fate::End::refused : Fate::End::arrives};
  };
  for (const char* name : {"web1", "web2", "web3"}) {
    const SmallHost host = authority.host(name);
    REQUIRE(was_issued(authority.issue(1, host)));
  }
  CHECK(authority.party(3).mirrors->of(P(1)).size() == 0);
  authority.bend = [](Identifier, Identifier to, Envelope&) {
    return Fate{to == P(2) ? Fate::End::refused : Fate::End::arrives};
  };
  const SmallHost host = authority.host("web4");
  const daemon::Answer answer = authority.issue(1, host);
  REQUIRE(was_issued(answer));
  CHECK(std::get<enroll::Bundle>(answer).signers == std::vector<std::string>{"party1", "party3"});
  CHECK(authority.party(3).mirrors->of(P(1)).size() >= 8);
  // What it learnt on the way: the names and addresses of hosts that it never heard of.
  CHECK(authority.party(3).registry->holdings().size() == 1 + 3 * 2);  // one per certificate
  check_no_accusations(authority);
}

TEST_CASE("a name and an address that only others' logs know are refused") {
  SmallAuthority authority;
  authority.bend = [](Identifier, Identifier to, Envelope&) {
    return Fate{to == P(3) ? Fate::End::refused : Fate::End::arrives};
  };
  const SmallHost first = authority.host("web1");
  REQUIRE(was_issued(authority.issue(1, first)));
  authority.bend = [](Identifier, Identifier, Envelope&) { return Fate{}; };
  REQUIRE(authority.party(3).registry->holdings().empty());
  bool caught_up = false;
  boost::asio::co_spawn(authority.io,
                        authority.party(3).mirror_service->catch_up(P(1), 4, milliseconds(20'000)),
                        [&](const std::exception_ptr&, bool reached) { caught_up = reached; });
  REQUIRE(authority.run_until([&] { return caught_up; }));

  HandSession same_address(authority, 2, {proposed(authority, authority.host("db1"), 1)});
  CHECK(same_address.verdict(3).rule == "address.in_use");
  HandSession same_name(authority, 2, {proposed(authority, authority.host("web1"), 7)});
  CHECK(same_name.verdict(3).rule == "name.in_use");
}

TEST_CASE("every host gets proofs by all the signers of its certificates") {
  SmallAuthority authority;
  const unsigned by = GENERATE(1u, 2u, 3u);
  if (by == 3) {  // a coordinator whose own policy refuses: two others sign
    ca::Policy policy = authority.party(3).signer->policy();
    policy.base.names = std::vector<std::string>{"nothing"};
    authority.party(3).signer->set_policy(policy);
  }
  const SmallHost host = authority.host("web1");
  const daemon::Answer answer = authority.issue(by, host);
  REQUIRE(was_issued(answer));
  const auto& bundle = std::get<enroll::Bundle>(answer);
  CHECK(bundle.proofs.size() == 4);
  for (const std::string& signer : bundle.signers)
    for (const char* kind : {"nebula-v1.", "nebula-v2."})
      CHECK(bundle.proofs.contains(std::string(kind).append(signer).append(".tlog-proof")));
  for (const nebula::Certificate& certificate : certificates_in(answer))
    check_logged(authority, certificate, bundle);
}

namespace {

/// Party 3 was away while the first two issued, but for what they said of the outcome.
struct LaggingParty {
  explicit LaggingParty(bool told) {
    authority.bend = [told](Identifier, Identifier to, Envelope& message) {
      const bool heard = told && message.header.round == number(MessageType::outcome);
      return Fate{to == P(3) && !heard ? Fate::End::refused : Fate::End::arrives};
    };
    const daemon::Answer answer = authority.issue(1, host);
    REQUIRE(was_issued(answer));
    authority.drain();
    REQUIRE(authority.party(3).registry->holdings().size() == (told ? 1U : 0U));
    REQUIRE(authority.party(3).mirrors->of(P(1)).size() == 0);
    REQUIRE(authority.party(3).mirrors->of(P(2)).size() == 0);
  }
  /// From now on party 3 does not reach these.
  void cut_off(std::set<Identifier> away) {
    authority.bend = [away = std::move(away)](Identifier from, Identifier to, Envelope&) {
      return Fate{from == P(3) && away.contains(to) ? Fate::End::refused : Fate::End::arrives};
    };
  }
  void check_complete() {
    const daemon::Answer answer = authority.issue(3, host);
    REQUIRE(was_issued(answer));
    const auto& bundle = std::get<enroll::Bundle>(answer);
    CHECK(bundle.signers == std::vector<std::string>{"party1", "party2"});
    CHECK(bundle.proofs.size() == 4);
    for (const nebula::Certificate& certificate : certificates_in(answer))
      check_logged(authority, certificate, bundle);
  }

  SmallAuthority authority;
  SmallHost host = authority.host("web1");
};

}  // namespace

TEST_CASE("a party that was away answers a retry with complete proofs") {
  LaggingParty lagging(GENERATE(false, true));
  lagging.cut_off({});
  lagging.check_complete();
}

TEST_CASE("proofs by a signer that cannot be reached come from another's copy of its log") {
  LaggingParty lagging(true);
  lagging.cut_off({P(GENERATE(1u, 2u))});
  lagging.check_complete();
}

TEST_CASE("a party that cannot have the proofs names the signers, and has them later") {
  LaggingParty lagging(true);
  lagging.cut_off({P(1), P(2)});
  const std::vector<daemon::Answer> answers{
      lagging.authority.issue(3, lagging.host),
      lagging.authority.resume(3, lagging.host.digest()).value()};
  for (const daemon::Answer& answer : answers) {
    REQUIRE(std::holds_alternative<daemon::TooFewParties>(answer));
    CHECK(std::get<daemon::TooFewParties>(answer).missing ==
          std::vector<std::string>{"party1 (no proof by its log)", "party2 (no proof by its log)"});
  }
  lagging.cut_off({});
  lagging.check_complete();
}

TEST_CASE("a party that says false things of another's log costs it no more than one session") {
  SmallAuthority authority;
  // Party 2 blames one party after the other, in a session or not.
  std::uint16_t blamed = GENERATE(std::uint16_t{1}, std::uint16_t{2}, std::uint16_t{3});
  authority.bend = [&](Identifier from, Identifier to, Envelope& message) {
    if (from == P(2) && message.header.round == number(MessageType::released)) {
      message = authority.party(2).say(
          message.header.session, MessageType::declined, to.value(),
          encoded(daemon::Declined{"proofs.not_logged", "nothing there", blamed}));
      blamed = static_cast<std::uint16_t>(4 - blamed);
    }
    return Fate{};
  };
  const SmallHost host = authority.host("web1");
  const daemon::Answer answer = authority.issue(1, host);
  REQUIRE(was_issued(answer));
  CHECK(std::get<enroll::Bundle>(answer).signers == std::vector<std::string>{"party1", "party3"});
}

TEST_CASE("a party that has just started signs once others have spoken of its log") {
  SmallAuthority authority;
  const SmallHost first = authority.host("web1");
  REQUIRE(was_issued(authority.issue(1, first)));
  SmallParty& party = authority.party(2);
  const auto fresh = [&] {
    party.mirror_service = std::make_unique<daemon::MirrorService>(
        party.member, *party.log, *party.mirrors, *party.store, party.peers, *party.rng,
        [&] { return authority.now; },
        [&](const std::string& text) { party.notices.push_back(text); });
    party.service =
        std::make_unique<daemon::PeerService>(party.member, *party.signer, *party.mirror_service,
                                              *party.revocations, [&] { return authority.now; });
  };
  fresh();
  const SmallHost host = authority.host("web2");
  HandSession early(authority, 1, {proposed(authority, host, 2)});
  CHECK(declined_code(early.ask(2, early.proposal)) == "party.halted");
  const auto pull = [&] {
    bool done = false;
    boost::asio::co_spawn(authority.io, party.mirror_service->pull_all(),
                          [&](const std::exception_ptr&) { done = true; });
    REQUIRE(authority.run_until([&] { return done; }));
  };
  SECTION("it has the newest") {
    pull();
    CHECK(party.log->halted().empty());
    HandSession later(authority, 1, {proposed(authority, host, 2)});
    CHECK(approved(later.verdict(2)));
  }
  SECTION("it has an older one") {
    const ca::Policy policy = party.signer->policy();
    party.stop();
    std::filesystem::copy_file(party.file, party.file + ".old");
    party.start();
    party.signer->set_policy(policy);
    const SmallHost second = authority.host("web3");
    REQUIRE(was_issued(authority.issue(1, second)));
    party.stop();
    for (const char* suffix : {"-wal", "-shm"}) std::filesystem::remove(party.file + suffix);
    std::filesystem::rename(party.file + ".old", party.file);
    party.start();
    fresh();
    pull();
    CHECK(party.log->halted().find("party1 has seen") != std::string::npos);
    CHECK(party.log->halted().find("log recover") != std::string::npos);
    HandSession later(authority, 1, {proposed(authority, host, 2)});
    CHECK(declined_code(later.ask(2, later.proposal)) == "party.halted");
    CHECK_FALSE(party.notices.empty());
  }
  SECTION("it has another one") {
    REQUIRE(party.store->transact([](soci::session& sql) {
      for (const char* table : {"leaf", "node", "checkpoint", "issued"})
        sql << std::string("delete from ") + table + " where log = 0";
    }));
    party.restart();
    auto append = party.log->prepare(
        {log::RefusalEntry{std::nullopt, Digest{1}, "rule", "one", authority.now},
         log::RefusalEntry{std::nullopt, Digest{2}, "rule", "two", authority.now},
         log::RefusalEntry{std::nullopt, Digest{3}, "rule", "three", authority.now}});
    REQUIRE(append);
    REQUIRE(party.store->transact([&](soci::session& sql) { party.log->write(sql, *append); }));
    party.log->apply(*std::move(append));
    fresh();
    pull();
    CHECK(party.log->halted().find("signed twice") != std::string::npos);
  }
}
