// tests/misbehaviour/published_test.cpp — the tokens that parties serve, whatever one of them does.
#include "daemon/published.h"

#include <soci/soci.h>

#include "issued/token.h"
#include "tests/support/small_authority.h"

using namespace jointca;
using namespace jointca::test;

namespace {

struct Fixture {
  SmallAuthority authority;

  [[nodiscard]] SmallHost host(const std::string& name) {
    ca::Terms terms = authority.terms(name);
    terms.kinds = {ca::Kind::wireguard};
    return authority.host(authority.invite(1, terms));
  }
  [[nodiscard]] daemon::Published published(unsigned party) {
    SmallParty& of = authority.party(party);
    return {*of.lists, *of.view, *of.store, [](const std::string&) {}};
  }
  void pull() {
    unsigned done = 0;
    for (const unsigned party : {1U, 2U, 3U})
      boost::asio::co_spawn(authority.io, authority.party(party).mirror_service->pull_all(),
                            [&](const std::exception_ptr&, auto&&...) { ++done; });
    REQUIRE(authority.run_until([&] { return done == 3; }));
    authority.drain();
  }
  /// The names of the hosts whose tokens are served, each with the day until which it holds.
  std::map<std::string, Time> served(daemon::Published& published) {
    const auto document = published.document(issued::wireguard_kind, authority.now);
    REQUIRE(document);
    const auto tokens = issued::parse_token_document(issued::wireguard_kind, (*document)->text);
    REQUIRE(tokens);
    std::map<std::string, Time> hosts;
    for (const std::string& text : *tokens) {
      const auto token = issued::parse_token(issued::wireguard_kind, text);
      REQUIRE(token);
      hosts.emplace(issued::name_of(token->statement),
                    time_from_unix(issued::not_after_of(token->statement)));
    }
    return hosts;
  }
  /// Lets the party find no table of tokens, or find it again.
  void hide(unsigned party, bool hidden) {
    const std::string rename = hidden ? "alter table signed_token rename to hidden_token"
                                      : "alter table hidden_token rename to signed_token";
    REQUIRE(authority.party(party).store->transact([&](soci::session& sql) { sql << rename; }));
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "every party serves a token, whoever signed it") {
  daemon::Published early = published(3);
  CHECK(served(early).empty());
  const SmallHost web = host("web1"), db = host("db1");
  REQUIRE(was_issued(authority.issue(1, web)));
  REQUIRE(was_issued(authority.issue(2, db)));
  pull();
  authority.now += Duration{1};
  for (const unsigned party : {1U, 2U, 3U}) {
    daemon::Published fresh = published(party);
    REQUIRE(fresh.load(authority.now));
    CHECK(served(fresh).size() == 2);
  }
  CHECK(served(early).size() == 2);
  authority.party(2).restart();
  daemon::Published again = published(2);
  CHECK(served(again).size() == 2);
}

TEST_CASE_METHOD(Fixture, "a signature that is known before its bytes is served once they are") {
  const SmallHost web = host("web1");
  REQUIRE(was_issued(authority.issue(1, web)));
  pull();
  SmallParty& party = authority.party(3);
  // As if the log with the outcome had been copied first.
  const auto reverse = [](soci::session& sql) {
    sql << "delete from signed_token";
    sql << "create table kept as select * from token";
    sql << "delete from token";
  };
  REQUIRE(party.store->transact(reverse));
  daemon::Published now = published(3);
  CHECK(served(now).empty());
  Digest tbs{};
  for (const log::Entry& entry : authority.party(1).entries())
    if (const auto* outcome = std::get_if<log::OutcomeEntry>(&entry)) tbs = outcome->tbs_sha256;
  REQUIRE(party.store->transact([&](soci::session& sql) {
    daemon::write_signature(sql, 1, tbs, SignatureBytes{9});  // and one that does not hold
    sql << "insert into token select * from kept";
    daemon::write_signature(sql, 2, tbs, SignatureBytes{9});
  }));
  authority.now += Duration{1};
  CHECK(served(now).size() == 1);
}

TEST_CASE_METHOD(Fixture, "whoever shows a token again and again leaves nothing") {
  const SmallHost web = host("web1");
  REQUIRE(was_issued(authority.issue(1, web)));
  pull();
  SmallParty& party = authority.party(2);
  const auto rows = [&] {
    int count = 0;
    REQUIRE(party.store->read([&](soci::session& sql) {
      sql << "select count(*) from signed_token", soci::into(count);
    }));
    return count;
  };
  Digest tbs{};
  for (const log::Entry& entry : authority.party(1).entries())
    if (const auto* outcome = std::get_if<log::OutcomeEntry>(&entry)) tbs = outcome->tbs_sha256;
  const auto known = party.view->known(tbs);
  REQUIRE(known);
  REQUIRE(party.view->learn(*known));
  const int before = rows();
  for (int i = 0; i < 3; ++i) REQUIRE(party.view->learn(*known));
  CHECK(rows() == before);
}

TEST_CASE_METHOD(Fixture, "a token that a clock ahead took for over is served when it is right") {
  const SmallHost web = host("web1");
  REQUIRE(was_issued(authority.issue(1, web)));
  daemon::Published mine = published(1);
  CHECK(served(mine).size() == 1);
  const Time now = authority.now;
  authority.now += Duration{30 * 86400};
  CHECK(served(mine).empty());
  authority.now = now;
  CHECK(served(mine).size() == 1);
}

TEST_CASE_METHOD(Fixture, "what could not be read once is served when it can") {
  const SmallHost web = host("web1"), db = host("db1");
  REQUIRE(was_issued(authority.issue(1, web)));
  daemon::Published mine = published(1);
  hide(1, true);
  CHECK_FALSE(mine.load(authority.now));
  CHECK_FALSE(mine.document(issued::wireguard_kind, authority.now));
  hide(1, false);
  CHECK(served(mine).size() == 1);
  REQUIRE(was_issued(authority.issue(1, db)));
  authority.now += Duration{1};
  hide(1, true);
  CHECK_FALSE(mine.document(issued::wireguard_kind, authority.now));
  hide(1, false);
  CHECK(served(mine).size() == 2);
}

TEST_CASE_METHOD(Fixture, "of a host the newest token that holds is served, until it is over") {
  SmallHost web = host("web1");
  daemon::Published mine = published(1);
  REQUIRE(was_issued(authority.issue(1, web)));
  const Time issued_at = authority.now;
  const Time first_end = served(mine).at("web1");
  authority.now += Duration{4 * 86400};
  authority.ask_renewal(web);
  REQUIRE(was_issued(authority.issue(1, web)));
  const Time renewed_at = authority.now;
  const Time second_end = served(mine).at("web1");
  CHECK(second_end > first_end);
  // A party whose clock is behind serves what holds by its clock.
  authority.now = issued_at + Duration{3600};
  CHECK(served(mine).at("web1") == first_end);
  authority.now = renewed_at + Duration{1};
  CHECK(served(mine).at("web1") == second_end);
  authority.now = second_end;
  CHECK(served(mine).empty());
}
