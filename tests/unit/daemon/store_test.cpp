// tests/unit/daemon/store_test.cpp — a transaction has happened whole and durably, or not at all.
#include "daemon/store.h"

#include <catch2/catch.hpp>
#include <soci/soci.h>

#include "machine/files.h"
#include "tests/unit/daemon/registry_fixture.h"

using namespace jointca;
using namespace jointca::daemon;

namespace {

int rows(Store& store) {
  int count = -1;
  REQUIRE(store.read(
      [&](soci::session& sql) { sql << "select count(*) from spent_session", soci::into(count); }));
  return count;
}

void insert(soci::session& sql, const std::string& session) {
  sql << "insert into spent_session (session, made) values (:s, 0)", soci::use(session);
}

}  // namespace

TEST_CASE("a transaction is there after reopening") {
  const jointca::test::TempDir dir;
  {
    const auto store = daemon::test::store_in(dir);
    REQUIRE(store->transact([](soci::session& sql) { insert(sql, "a"); }));
  }
  CHECK(rows(*daemon::test::store_in(dir)) == 1);
}

TEST_CASE("nothing of a transaction that fails has happened") {
  const jointca::test::TempDir dir;
  const auto store = daemon::test::store_in(dir);
  const auto failed = store->transact([](soci::session& sql) {
    insert(sql, "a");
    insert(sql, "a");
  });
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code == Error::Code::failed);
  CHECK(rows(*store) == 0);
  REQUIRE(store->transact([](soci::session& sql) { insert(sql, "a"); }));
  CHECK(rows(*store) == 1);
}

TEST_CASE("commits are durable: the journal is a write-ahead log, synchronised in full") {
  const jointca::test::TempDir dir;
  const auto store = daemon::test::store_in(dir);
  std::string mode;
  int synchronous = 0;
  REQUIRE(store->read([&](soci::session& sql) {
    sql << "pragma journal_mode", soci::into(mode);
    sql << "pragma synchronous", soci::into(synchronous);
  }));
  CHECK(mode == "wal");
  CHECK(synchronous == 2);
}

TEST_CASE("a database that is newer, or none at all, is refused and left alone") {
  const jointca::test::TempDir dir;
  {
    const auto store = daemon::test::store_in(dir);
    REQUIRE(store->read([](soci::session& sql) { sql << "pragma user_version = 99"; }));
  }
  const auto newer = Store::open(dir.file("state.db"));
  REQUIRE_FALSE(newer);
  CHECK(newer.error().message.find("written by a newer jointca") != std::string::npos);
  const Bytes text(8192, 'x');
  REQUIRE(machine::write_file(dir.file("text.db"), text, 0600, machine::Overwrite::refuse));
  CHECK_FALSE(Store::open(dir.file("text.db")));
  CHECK(*machine::read_file(dir.file("text.db"), 10000) == text);
  CHECK_FALSE(Store::open(dir.file("missing/state.db")));
}
