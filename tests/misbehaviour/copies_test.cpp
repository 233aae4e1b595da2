// tests/misbehaviour/copies_test.cpp — copies of the other parties' logs, whose owners are slow,
// say nothing or too much.
#include <soci/soci.h>

#include "tests/support/small_authority.h"

using namespace jointca;
using namespace jointca::test;
using daemon::LogPart;

namespace {

struct Fixture {
  SmallAuthority authority;

  template <class Work, class Done>
  void run(Work work, Done done) {
    bool over = false;
    boost::asio::co_spawn(authority.io, std::move(work),
                          [&](const std::exception_ptr& thrown, auto&&... result) {
                            over = true;
                            if (thrown) std::rethrow_exception(thrown);
                            done(result...);
                          });
    REQUIRE(authority.run_until([&] { return over; }));
    authority.drain();
  }
  void pull(unsigned party) {
    run(authority.party(party).mirror_service->pull_all(), [] {});
  }
  void pull() {
    for (const unsigned party : {1U, 2U, 3U}) pull(party);
  }
  void issue(unsigned first, unsigned last) {
    for (unsigned host = first; host <= last; ++host)
      REQUIRE(was_issued(authority.issue(1, authority.host("web" + std::to_string(host)))));
  }
  /// How many others have cosigned the newest checkpoint of this party's log, as far as it knows.
  std::size_t cosignatures(unsigned party) {
    const auto note = authority.party(party).log->cosigned_checkpoint();
    REQUIRE(note);
    std::vector<log::NoteVerifier> cosigners;
    for (const ca::Party& each : authority.authority().parties)
      cosigners.push_back(ca::log_keys(each.card)->cosigner);
    const auto opened =
        log::open_checkpoint(*note, authority.party(party).log->verifier(), cosigners);
    REQUIRE(opened);
    return opened->cosignatures.size();
  }
  /// The party's service with this bound on what it copies.
  void limit_copies(unsigned party, std::uint64_t bytes) {
    SmallParty& limited = authority.party(party);
    limited.mirror_service = std::make_unique<daemon::MirrorService>(
        limited.member, *limited.log, *limited.mirrors, *limited.store, limited.peers, *limited.rng,
        [&] { return authority.now; },
        [&](const std::string& text) { limited.notices.push_back(text); }, bytes);
    limited.service = std::make_unique<daemon::PeerService>(
        limited.member, *limited.signer, *limited.mirror_service, *limited.revocations,
        [&] { return authority.now; });
  }
  std::size_t notices(unsigned party, const std::string& text) {
    std::size_t count = 0;
    for (const std::string& notice : authority.party(party).notices)
      count += notice.find(text) != std::string::npos ? 1 : 0;
    return count;
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a log at rest is soon cosigned by all, whatever was lost before") {
  std::size_t told = 0;
  bool lost = true;
  authority.bend = [&](Identifier, Identifier, Envelope& message) {
    if (message.header.round != number(MessageType::cosignature)) return Fate{};
    ++told;
    return Fate{lost ? Fate::End::refused : Fate::End::arrives};
  };
  issue(1, 1);
  for (int round = 0; round < 3; ++round) pull();
  CHECK(cosignatures(1) == 0);
  CHECK(cosignatures(2) == 0);
  lost = false;
  pull();
  CHECK(cosignatures(1) == 2);
  CHECK(cosignatures(2) == 2);
  told = 0;
  for (int round = 0; round < 3; ++round) pull();
  CHECK(told == 0);
  // Now and then it is said anew, with the time of then.
  const auto before = authority.party(1).log->cosigned_checkpoint();
  authority.now += Duration{301};
  for (int round = 0; round < 3; ++round) pull();
  CHECK(told == 4);  // of the logs of parties 1 and 2; party 3 has none yet
  CHECK(cosignatures(1) == 2);
  CHECK(*authority.party(1).log->cosigned_checkpoint() != *before);
  // A restarted party says it once.
  told = 0;
  authority.party(3).restart();
  for (int round = 0; round < 3; ++round) pull(3);
  CHECK(told == 2);
}

TEST_CASE_METHOD(Fixture, "a cosignature that its owner refuses is made again") {
  issue(1, 1);
  SmallParty& owner = authority.party(1);
  REQUIRE(owner.store->transact([](soci::session& sql) {
    sql << "delete from cosignature";
    sql << "create trigger full_disk before insert on cosignature "
           "begin select raise(abort, 'disk full'); end";
  }));
  for (int round = 0; round < 3; ++round) pull();
  CHECK(cosignatures(1) == 0);
  REQUIRE(owner.store->transact([](soci::session& sql) { sql << "drop trigger full_disk"; }));
  pull();
  CHECK(cosignatures(1) == 2);
}

TEST_CASE_METHOD(Fixture, "an owner that gives its log bit by bit leaves time to ask another") {
  authority.bend = [](Identifier from, Identifier to, Envelope&) {
    return Fate{from == P(3) || to == P(3) ? Fate::End::refused : Fate::End::arrives};
  };
  issue(1, 12);
  pull(2);
  const daemon::LogStore& log = *authority.party(1).log;
  const daemon::LogStore& copy = authority.party(3).mirrors->of(P(1));
  std::size_t bits = 0;
  authority.bend = [&](Identifier from, Identifier to, Envelope& message) {
    if (from != P(1) || to != P(3) || message.header.round != number(MessageType::log_part))
      return Fate{};
    ++bits;
    auto part = opened<LogPart>(message, MessageType::log_part);
    part.entries.resize(2);
    part.checkpoint = *log.checkpoint_up_to(copy.size() + 2);
    message = authority.party(1).again(message, encoded(part));
    return Fate{Fate::End::arrives, milliseconds(180)};
  };
  bool caught_up = false;
  run(authority.party(3).mirror_service->catch_up(P(1), log.size(), milliseconds(2'700)),
      [&](bool done) { caught_up = done; });
  CHECK(bits > 1);
  CHECK(caught_up);
  CHECK(copy.size() == log.size());
}

TEST_CASE_METHOD(Fixture, "a party that shows nothing of its log is noticed once") {
  issue(1, 1);
  pull();
  CHECK(notices(1, "log of party2") == 0);
  authority.bend = [&](Identifier from, Identifier, Envelope& message) {
    if (from == P(2) && message.header.round == number(MessageType::log_part))
      message = authority.party(2).again(message, encoded(LogPart{}));
    return Fate{};
  };
  for (int round = 0; round < 3; ++round) pull(1);
  CHECK(notices(1, "log of party2: it shows nothing") == 1);
  CHECK(authority.party(1).accusations.empty());
}

TEST_CASE_METHOD(Fixture, "no more of a log is copied in a day than the bound, with a notice") {
  const auto copied = [&] { return authority.party(3).mirrors->of(P(1)).size(); };
  authority.bend = [](Identifier from, Identifier to, Envelope&) {
    return Fate{from == P(3) || to == P(3) ? Fate::End::refused : Fate::End::arrives};
  };
  limit_copies(3, 20'000);
  issue(1, 4);
  const auto bend =
      std::exchange(authority.bend, [](Identifier, Identifier, Envelope&) { return Fate{}; });
  pull(3);
  const std::uint64_t first = authority.party(1).log->size();
  CHECK(copied() == first);
  CHECK(notices(3, "grew") == 0);
  authority.bend = bend;
  issue(5, 20);
  authority.bend = [](Identifier, Identifier, Envelope&) { return Fate{}; };
  for (int round = 0; round < 3; ++round) pull(3);
  CHECK(copied() == first);
  CHECK(notices(3, "log of party1: it grew") == 1);
  CHECK(authority.party(3).accusations.empty());
  // The others' shares are their own; and the next day it goes on.
  CHECK(authority.party(3).mirrors->of(P(2)).size() > 0);
  limit_copies(3, 60'000);  // a restart begins anew as well
  pull(3);
  CHECK(copied() == authority.party(1).log->size());
}
