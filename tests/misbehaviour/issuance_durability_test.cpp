// tests/misbehaviour/issuance_durability_test.cpp — what is logged when a share leaves, and that no
// share leaves when it cannot be; and that no nonce is ever committed to twice.
#include <set>

#include <soci/soci.h>

#include "log/checkpoint.h"
#include "tests/support/hand_session.h"

using namespace jointca;
using namespace jointca::test;

namespace {

/// Runs one statement on the party's database.
void execute(SmallParty& party, const std::string& statement) {
  REQUIRE(party.store->read([&](soci::session& sql) { sql << statement; }));
}
int rows_of(SmallParty& party, const std::string& table) {
  int rows = -1;
  REQUIRE(party.store->read(
      [&](soci::session& sql) { sql << "select count(*) from " + table, soci::into(rows); }));
  return rows;
}

/// The points of an answer to a proposal.
void collect(const daemon::CommitmentsMessage& message, std::set<Digest>& points,
             std::size_t& count) {
  const auto pairs = parse(std::type_identity<frost::CommitMessage>{}, message.commitments);
  REQUIRE(pairs);
  for (const frost::NonceCommitments& pair : pairs->commitments)
    for (const Point& point : {pair.hiding, pair.binding}) {
      points.insert(point.bytes());
      ++count;
    }
}

log::Checkpoint checkpoint_of(const SmallParty& party) {
  const ca::Party* card = party.member.authority.party(party.member.self.value());
  const auto vkey = log::NoteVerifier::parse(card->card.log_vkey);
  REQUIRE(vkey);
  CHECK(party.log->verifier().text() == card->card.log_vkey);
  const auto opened = log::open_checkpoint(party.log->checkpoint(), *vkey);
  REQUIRE(opened);
  CHECK(opened->checkpoint.size == party.log->size());
  return opened->checkpoint;
}

}  // namespace

TEST_CASE("no share leaves when its intent cannot be stored, and nothing stays of it") {
  SmallAuthority authority;
  SmallParty& signer = authority.party(2);
  const SmallHost host = authority.host("web1");
  HandSession session(authority, 1, {proposed(authority, host, 1)});
  for (const unsigned party : {2u, 3u}) session.propose(party);
  std::string repair;
  SECTION("at the first write") {
    execute(signer, "pragma query_only=1");
    repair = "pragma query_only=0";
  }
  SECTION("at the last write") {
    execute(signer,
            "create trigger full_disk before insert on spent_session "
            "begin select raise(abort, 'disk full'); end");
    repair = "drop trigger full_disk";
  }
  SECTION("at the checkpoint") {
    execute(signer,
            "create trigger full_disk before insert on checkpoint "
            "begin select raise(abort, 'disk full'); end");
    repair = "drop trigger full_disk";
  }
  CHECK(declined_code(session.ask_to_sign(2)) == "log.failed");
  const auto check_nothing = [&] {
    CHECK(signer.log->size() == 0);
    CHECK(signer.log->checkpoint().empty());
    CHECK(signer.registry->holdings().empty());
    CHECK_FALSE(signer.registry->is_spent(session.id));
    for (const char* table : {"leaf", "node", "checkpoint", "holding", "spent_session"})
      CHECK(rows_of(signer, table) == 0);
  };
  check_nothing();
  execute(signer, repair);
  // The nonces are gone, so the same request finds none; a new session works.
  CHECK(declined_code(session.ask_to_sign(2)) == "session.unknown");
  check_nothing();
  signer.restart();
  check_nothing();
  const daemon::Answer answer = authority.issue(1, host);
  REQUIRE(was_issued(answer));
  CHECK(std::get<enroll::Bundle>(answer).signers == std::vector<std::string>{"party1", "party2"});
  CHECK(checkpoint_of(signer).size == 2);
}

TEST_CASE("a party whose disk is full is replaced, and does not answer for what it cannot keep") {
  SmallAuthority authority;
  execute(authority.party(2), "pragma query_only=1");
  const SmallHost host = authority.host("web1");
  const daemon::Answer answer = authority.issue(1, host);
  REQUIRE(was_issued(answer));
  CHECK(std::get<enroll::Bundle>(answer).signers == std::vector<std::string>{"party1", "party3"});
  CHECK(authority.party(2).registry->holdings().empty());
}

TEST_CASE("a coordinator gives out no certificate that it could not record") {
  SmallAuthority authority;
  execute(authority.party(1),
          "create trigger full_disk before insert on holding when new.certificates <> '' "
          "begin select raise(abort, 'disk full'); end");
  const SmallHost host = authority.host("web1");
  CHECK(std::holds_alternative<daemon::TooFewParties>(authority.issue(1, host)));
  CHECK_FALSE(authority.party(1).notices.empty());
  execute(authority.party(1), "drop trigger full_disk");
  CHECK(was_issued(authority.issue(1, host)));
}

TEST_CASE("every certificate is in the log of each of its signers, as signed") {
  SmallAuthority authority;
  authority.bend = [](Identifier from, Identifier, Envelope& message) {
    // Party 2 fails often after logging, so that there are intents without certificates too.
    const bool share = from == P(2) && message.header.round == number(MessageType::released);
    return Fate{share && message.payload[7] % 2 == 0 ? Fate::End::refused : Fate::End::arrives};
  };
  for (unsigned i = 0; i < 6; ++i) {
    const SmallHost host = authority.host("web" + std::to_string(i));
    const daemon::Answer answer = authority.issue(1 + i % 3, host);
    REQUIRE(was_issued(answer));
    const auto& bundle = std::get<enroll::Bundle>(answer);
    for (const nebula::Certificate& certificate : certificates_in(answer)) {
      const Bytes tbs = nebula::to_be_signed(certificate);
      for (const std::string& name : bundle.signers) {
        const auto entries = authority.party(unsigned(name.back() - '0')).entries();
        const auto found = std::count_if(entries.begin(), entries.end(), [&](const auto& entry) {
          const auto* issue = std::get_if<log::IssueEntry>(&entry);
          return issue != nullptr && issue->tbs == tbs && issue->signers == bundle.signers &&
                 issue->request == host.digest() && issue->authority == authority.id() &&
                 std::equal(issue->r.begin(), issue->r.end(), certificate.signature.begin());
        });
        CHECK(found == 1);
      }
    }
  }
}

TEST_CASE("every share that leaves is preceded by an entry with its R") {
  SmallAuthority authority;
  std::size_t shares = 0;
  authority.bend = [&](Identifier from, Identifier, Envelope& message) {
    if (message.header.round == number(MessageType::released)) {
      const auto entries = authority.party(from).entries();
      const auto intents = std::count_if(entries.begin(), entries.end(), [&](const auto& entry) {
        const auto* issue = std::get_if<log::IssueEntry>(&entry);
        return issue != nullptr && issue->session == message.header.session;
      });
      CHECK(intents == 2);
      ++shares;
    }
    return Fate{};
  };
  const SmallHost host = authority.host("web1");
  REQUIRE(was_issued(authority.issue(1, host)));
  CHECK(shares == 2);
}

TEST_CASE("no two checkpoints of a party disagree, over failures and restarts") {
  SmallAuthority authority;
  std::vector<log::Checkpoint> seen;
  for (unsigned i = 0; i < 8; ++i) {
    SmallParty& party = authority.party(2);
    if (i == 3 || i == 5)
      execute(party,
              "create trigger full_disk before insert on spent_session "
              "begin select raise(abort, 'disk full'); end");
    const SmallHost host = authority.host("web" + std::to_string(i));
    REQUIRE(was_issued(authority.issue(1, host)));
    if (i == 3 || i == 5) execute(party, "drop trigger full_disk");
    if (i % 2 == 1) party.restart();
    seen.push_back(checkpoint_of(party));
  }
  const daemon::PartyLog& log = *authority.party(2).log;
  for (const log::Checkpoint& older : seen)
    for (const log::Checkpoint& newer : seen) {
      if (older.size > newer.size) continue;
      const auto proof = log::consistency_proof(older.size, newer.size, log);
      REQUIRE(proof);
      CHECK(log::verify_consistency(older.size, newer.size, older.root, newer.root, *proof));
    }
  CHECK(seen.front().size < seen.back().size);
}

TEST_CASE("three hundred open sessions commit to no nonce twice") {
  SmallAuthority authority;
  const bool constant = GENERATE(false, true);
  if (constant) authority.set_rng(2, std::make_unique<ConstantRng>());
  const SmallHost host = authority.host("web1");
  std::set<Digest> points;
  std::size_t count = 0;
  for (unsigned i = 0; i < 300; ++i) {
    HandSession session(authority, 1 + i % 3, {proposed(authority, host, 1)});
    collect(session.propose(2), points, count);
  }
  CHECK(count == 1200);
  CHECK(points.size() == count);
}

TEST_CASE("coordinators that use one session id get different nonces") {
  SmallAuthority authority;
  authority.set_rng(2, std::make_unique<ConstantRng>());
  const SmallHost host = authority.host("web1");
  std::set<Digest> points;
  std::size_t count = 0;
  HandSession first(authority, 1, {proposed(authority, host, 1)});
  HandSession second(authority, 3, {proposed(authority, host, 1)});
  second.id = first.id;
  second.proposal = second.make_proposal({proposed(authority, host, 1)});
  collect(first.propose(2), points, count);
  collect(second.propose(2), points, count);
  CHECK(points.size() == 8);
}
