// tests/unit/daemon/log_routes_test.cpp — the files of the own log and of mirrors under their
// paths. Headers and the own log at length: tests/system/log_test.py.
#include "daemon/log_routes.h"

#include <catch2/catch.hpp>
#include <soci/soci.h>

#include "crypto/hash.h"
#include "daemon/party_log.h"
#include "daemon/store.h"
#include "log/checkpoint.h"
#include "tests/support/temp_dir.h"

using namespace jointca;
using namespace jointca::daemon;

namespace {

SigningKey key(std::uint8_t byte) {
  return SigningKey(Secret<32>::make([&](auto out) { std::fill(out.begin(), out.end(), byte); }));
}

/// A log of entries whose lengths differ, the first of them empty.
struct GrownLog {
  GrownLog(Store& database, std::uint16_t number, const std::string& origin)
      : store(database), signer(key(static_cast<std::uint8_t>(number + 1))) {
    auto opened =
        LogStore::open(store, number, {origin, log::NoteKeyType::ed25519, signer.public_key()});
    REQUIRE(opened);
    log = *std::move(opened);
  }
  void grow(std::size_t count) {
    std::vector<Bytes> entries;
    for (std::size_t i = 0; i < count; ++i) entries.emplace_back(i % 7, std::uint8_t{'x'});
    auto append = log->extended_by(std::move(entries));
    append.checkpoint = log::sign_checkpoint(
        {log->verifier().name, append.tree.size(), append.tree.root()}, signer);
    REQUIRE(store.transact([&](soci::session& sql) { log->write(sql, append); }));
    log->apply(std::move(append));
  }
  Store& store;
  SigningKey signer;
  std::unique_ptr<LogStore> log;
};

struct Scene {
  jointca::test::TempDir dir;
  std::unique_ptr<Store> store = *Store::open(dir.file("state.db"));
  GrownLog own{*store, own_log, "example.org/alpha"};
  GrownLog copy{*store, 2, "example.org/beta"};
  std::string copy_name = to_hex(sha256(as_bytes("example.org/beta")));
  LogRoutes routes{*own.log, [this](std::string_view name) {
                     return name == copy_name ? copy.log.get() : nullptr;
                   }};

  std::optional<transport::HttpResponse> get(const std::string& target,
                                             const std::string& method = "GET") const {
    return routes.get({method, target, "", ""});
  }
  unsigned status(const std::string& target) const {
    const auto response = get(target);
    return response ? response->status : 0;
  }
};

}  // namespace

TEST_CASE("other requests than those for logs are left to others") {
  const Scene scene;
  for (const char* target : {"/", "/v1/authority", "/log", "/logs/checkpoint", "/mirrors/x", "",
                             "log/checkpoint", "/mirror"})
    CHECK(!scene.get(target));
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "get"})
    CHECK(!scene.get("/log/checkpoint", method));
  CHECK(scene.get("/log/checkpoint", "HEAD"));
}

TEST_CASE("an empty log has no files") {
  const Scene scene;
  CHECK(scene.status("/log/checkpoint") == 404);
  CHECK(scene.status("/log/tile/0/000.p/1") == 404);
  CHECK(scene.status("/log/tile/entries/000.p/1") == 404);
}

TEST_CASE("every file that a log has is what tile_bytes and bundle_bytes make of it") {
  Scene scene;
  scene.own.grow(300);
  scene.own.grow(257);
  const LogStore& own = *scene.own.log;
  REQUIRE(log::for_each_tile(own.size(), [&](const log::TileId& tile) -> Result<Ok, Error> {
    const auto served = scene.get("/log/" + tile.path());
    REQUIRE(served);
    CHECK(served->status == 200);
    const auto expected = tile.kind == log::TileId::Kind::hashes ? log::tile_bytes(tile, own)
                                                                 : log::bundle_bytes(tile, own);
    CHECK(as_bytes(served->body).size() == expected->size());
    CHECK(served->body == to_text(*expected));
    return Ok{};
  }));
  CHECK(scene.get("/log/checkpoint")->body == own.checkpoint());
  CHECK(scene.get("/log/tile/0/000.p/3")->body.size() == 96);
  CHECK(scene.status("/log/tile/0/002.p/45") == 200);
  CHECK(scene.status("/log/tile/0/002.p/46") == 404);
}

TEST_CASE("a mirror is served under the hash of its origin, and nothing else is") {
  Scene scene;
  scene.own.grow(5);
  scene.copy.grow(3);
  const std::string at = "/mirror/" + scene.copy_name;
  CHECK(scene.get(at + "/checkpoint")->body == scene.copy.log->checkpoint());
  CHECK(scene.get(at + "/tile/0/000.p/3")->body ==
        scene.get("/log/tile/0/000.p/3")->body);  // of the same entries
  CHECK(scene.status(at + "/tile/0/000.p/4") == 404);
  for (const std::string& target :
       {at, at + "/", at + "x/checkpoint", at + "checkpoint",
        "/mirror/" + std::string(64, '0') + "/checkpoint", std::string("/mirror/"),
        std::string("/mirror//checkpoint"), "/mirror/" + scene.copy_name.substr(1) + "/checkpoint"})
    CHECK(scene.status(target) == 404);
}

TEST_CASE("a cosignature that was kept is served with the checkpoint of its size only") {
  Scene scene;
  scene.own.grow(2);
  const auto note = *log::Note::parse(scene.own.log->checkpoint());
  const auto cosignature =
      log::cosign_note(note.text, "example.org/witness", key(9), time_from_unix(1'800'000'000));
  REQUIRE(scene.store->transact(
      [&](soci::session& sql) { scene.own.log->write_cosignature(sql, 2, cosignature); }));
  CHECK(scene.get("/log/checkpoint")->body == scene.own.log->checkpoint() + cosignature.line());
  scene.own.grow(1);
  CHECK(scene.get("/log/checkpoint")->body == scene.own.log->checkpoint());
}

TEST_CASE("a hash or an entry that is missing in the database is an error, not a shorter file") {
  Scene scene;
  scene.own.grow(20);
  REQUIRE(scene.store->transact([](soci::session& sql) {
    sql << "delete from node where level = 0 and idx = 7";
    sql << "delete from leaf where idx = 9";
  }));
  CHECK(scene.status("/log/tile/0/000.p/7") == 200);
  CHECK(scene.status("/log/tile/0/000.p/20") == 500);
  CHECK(scene.status("/log/tile/entries/000.p/9") == 200);
  CHECK(scene.status("/log/tile/entries/000.p/20") == 500);
}
