// tests/unit/daemon/party_log_test.cpp — the log and its checkpoint change together, and a log that
// does not give its signed root is not opened.
#include "daemon/party_log.h"

#include <filesystem>

#include <catch2/catch.hpp>
#include <soci/soci.h>

#include "crypto/hash.h"
#include "daemon/store.h"
#include "log/checkpoint.h"
#include "machine/files.h"
#include "tests/support/temp_dir.h"

using namespace jointca;
using namespace jointca::daemon;

namespace {

constexpr std::string_view origin = "example.org/alpha";

SigningKey log_key(std::uint8_t byte = 5) {
  return SigningKey(Secret<32>::make([&](auto out) { std::fill(out.begin(), out.end(), byte); }));
}

log::Entry refusal(unsigned number) {
  return log::RefusalEntry{std::nullopt, Digest{1}, "rule", "number " + std::to_string(number),
                           time_from_unix(1'800'000'000)};
}

struct Scene {
  jointca::test::TempDir dir;
  std::unique_ptr<Store> store;
  std::unique_ptr<PartyLog> log;

  Scene() { restart(); }
  Result<std::unique_ptr<PartyLog>, Error> open(std::uint8_t key = 5) const {
    return PartyLog::open(*store, log_key(key), std::string(origin));
  }
  void restart() {
    log.reset();
    store.reset();
    auto opened = Store::open(dir.file("state.db"));
    REQUIRE(opened);
    store = *std::move(opened);
    auto loaded = open();
    REQUIRE(loaded);
    log = *std::move(loaded);
  }
  PartyLog::Append prepare(unsigned count) const {
    std::vector<log::Entry> entries;
    for (unsigned i = 0; i < count; ++i)
      entries.push_back(refusal(static_cast<unsigned>(log->size()) + i));
    auto append = log->prepare(entries);
    REQUIRE(append);
    return *std::move(append);
  }
  void append(unsigned count) {
    auto append = prepare(count);
    REQUIRE(store->transact([&](soci::session& sql) { log->write(sql, append); }));
    log->apply(std::move(append));
  }
  void damage(const std::string& statement) const {
    REQUIRE(store->transact([&](soci::session& sql) { sql << statement; }));
  }
};

}  // namespace

TEST_CASE("a log reads back after a restart: size, checkpoint, entries and hashes") {
  Scene scene;
  CHECK(scene.log->size() == 0);
  CHECK(scene.log->checkpoint().empty());
  scene.append(1);
  scene.append(4);
  const std::string checkpoint = scene.log->checkpoint();
  scene.restart();
  CHECK(scene.log->size() == 5);
  CHECK(scene.log->checkpoint() == checkpoint);
  for (unsigned i = 0; i < 5; ++i) CHECK(*scene.log->entry(i) == *log::encode(refusal(i)));
  CHECK_FALSE(scene.log->entry(5));
  CHECK(*scene.log->hash({0, 3}) == log::hash_leaf(*log::encode(refusal(3))));
  const auto opened =
      log::open_checkpoint(checkpoint, *log::NoteVerifier::parse(scene.log->verifier().text()));
  REQUIRE(opened);
  CHECK(opened->checkpoint.size == 5);
  scene.append(1);
  CHECK(scene.log->size() == 6);
}

TEST_CASE("a crash before the commit leaves the old log, one after it the new") {
  Scene scene;
  scene.append(3);
  const std::string before = scene.log->checkpoint();
  const auto append = scene.prepare(2);
  CHECK_FALSE(scene.store->transact([&](soci::session& sql) {
    scene.log->write(sql, append);
    throw std::runtime_error("crash");
  }));
  scene.restart();
  CHECK(scene.log->size() == 3);
  CHECK(scene.log->checkpoint() == before);
  REQUIRE(scene.store->transact([&](soci::session& sql) { scene.log->write(sql, append); }));
  CHECK(scene.log->size() == 3);  // written, not applied: the crash comes here
  scene.restart();
  CHECK(scene.log->size() == 5);
  CHECK(scene.log->checkpoint() == append.checkpoint);
}

TEST_CASE("the same place of the log is written once") {
  Scene scene;
  const auto first = scene.prepare(2);
  const auto second = scene.prepare(1);
  REQUIRE(scene.store->transact([&](soci::session& sql) { scene.log->write(sql, first); }));
  CHECK_FALSE(scene.store->transact([&](soci::session& sql) { scene.log->write(sql, second); }));
}

TEST_CASE("a log whose hashes do not give its signed root is not opened") {
  // Of 5 leaves, the root is made of node (2, 0) and leaf (0, 4).
  for (const std::string node : {"level = 2 and idx = 0", "level = 0 and idx = 4"}) {
    Scene scene;
    scene.append(5);
    scene.damage("update node set hash = '" + std::string(64, '0') + "' where " + node);
    const auto opened = scene.open();
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == Error::Code::verification);
    scene.damage("delete from node where " + node);
    CHECK_FALSE(scene.open());
  }
}

TEST_CASE("a checkpoint that another key signed, or nobody, is not opened") {
  Scene scene;
  scene.append(2);
  CHECK_FALSE(scene.open(6));
  scene.damage("update checkpoint set note = replace(note, 'alpha', 'omega')");
  CHECK_FALSE(scene.open());
  scene.damage("update checkpoint set note = 'x'");
  CHECK_FALSE(scene.open());
}

TEST_CASE("a log is read without its key, but not under another one") {
  Scene scene;
  scene.append(2);
  const auto verifier = *log::NoteVerifier::parse(scene.log->verifier().text());
  const auto opened = LogStore::open(*scene.store, own_log, verifier);
  REQUIRE(opened);
  CHECK((*opened)->size() == 2);
  log::NoteVerifier other = verifier;
  other.key = log_key(6).public_key();
  CHECK_FALSE(LogStore::open(*scene.store, own_log, other));
}

TEST_CASE("an entry outside its limits is refused and nothing is prepared") {
  const Scene scene;
  log::RefusalEntry entry = std::get<log::RefusalEntry>(refusal(0));
  entry.reason = "two\nlines";
  CHECK_FALSE(scene.log->prepare({entry}));
  entry.reason = std::string(log::entry_text_bytes_max + 1, 'x');
  CHECK_FALSE(scene.log->prepare({refusal(0), entry}));
}

TEST_CASE("an export has the checkpoint and every tile; a damaged entry stops it") {
  Scene scene;
  CHECK_FALSE(scene.log->export_to(scene.dir.file("empty")));
  scene.append(300);
  const std::string out = scene.dir.file("export");
  REQUIRE(scene.log->export_to(out));
  for (const char* name : {"/tile/0/000", "/tile/0/001.p/44", "/tile/1/000.p/1",
                           "/tile/entries/000", "/tile/entries/001.p/44"})
    CHECK(machine::file_exists(out + name));
  CHECK(to_text(*machine::read_file(out + "/checkpoint", 4096)) == scene.log->checkpoint());
  scene.damage("update leaf set data = data || ' ' where idx = 17");
  CHECK_FALSE(scene.log->export_to(scene.dir.file("damaged")));
  CHECK_FALSE(machine::file_exists(scene.dir.file("damaged/checkpoint")));
}

TEST_CASE("a flipped bit anywhere in the store is found when the whole log is read again") {
  for (const std::string change : {"update leaf set data = data || ' ' where idx = 3",
                                   "update node set hash = replace(hash, 'a', 'b') where level = 1",
                                   "delete from node where level = 0 and idx = 1"}) {
    Scene scene;
    scene.append(6);
    REQUIRE(scene.log->check_whole());
    scene.damage(change);
    CHECK_FALSE(scene.log->check_whole());
  }
}

TEST_CASE("a certificate is found by its bytes and R, and by nothing less") {
  Scene scene;
  scene.append(2);
  log::IssueEntry issue;
  issue.coordinator = "alpha";
  issue.signers = {"alpha", "beta"};
  issue.kind = "nebula-v1";
  issue.subject = {"web", {}, {}, time_from_unix(1), time_from_unix(2)};
  issue.tbs = Bytes{1, 2, 3};
  issue.r = Digest{7};
  issue.approved = {"default", "policy", time_from_unix(1)};
  issue.time = time_from_unix(1);
  auto append = *scene.log->prepare({refusal(9), issue});
  REQUIRE(scene.store->transact([&](soci::session& sql) { scene.log->write(sql, append); }));
  scene.log->apply(std::move(append));
  CHECK(**scene.log->find_issued(sha256(issue.tbs), issue.r) == 3);
  CHECK_FALSE(scene.log->find_issued(sha256(issue.tbs), Digest{8})->has_value());
  CHECK_FALSE(scene.log->find_issued(Digest{}, issue.r)->has_value());
}

TEST_CASE("the newest checkpoint is served with the cosignatures of its size") {
  Scene scene;
  scene.append(2);
  const auto cosigned = [&](std::uint8_t key) {
    const auto note = *log::Note::parse(scene.log->checkpoint());
    return log::cosign_note(note.text, "example.org/beta/cosigner", log_key(key),
                            time_from_unix(1'800'000'000));
  };
  const auto keep = [&](std::uint64_t size, const log::NoteSignature& line) {
    REQUIRE(scene.store->transact(
        [&](soci::session& sql) { scene.log->write_cosignature(sql, size, line); }));
  };
  keep(2, cosigned(8));
  keep(2, cosigned(9));  // the same cosigner again: the newest counts
  const log::NoteVerifier cosigner{"example.org/beta/cosigner", log::NoteKeyType::cosignature,
                                   log_key(9).public_key()};
  const auto opened = log::open_checkpoint(*scene.log->cosigned_checkpoint(), scene.log->verifier(),
                                           std::vector{cosigner});
  REQUIRE(opened);
  CHECK(opened->cosignatures.size() == 1);
  scene.append(1);
  CHECK(*scene.log->cosigned_checkpoint() == scene.log->checkpoint());
  CHECK(*scene.log->checkpoint_up_to(2) != scene.log->checkpoint());
  CHECK(*scene.log->checkpoint_up_to(1) == "");
}

TEST_CASE("no append is longer than what one message carries to the other parties") {
  const Scene scene;
  log::RefusalEntry entry = std::get<log::RefusalEntry>(refusal(0));
  entry.reason = std::string(log::entry_text_bytes_max, 'x');
  const std::size_t each = log::encode(entry)->size();
  const std::size_t fit = append_bytes_max / each;
  CHECK(scene.log->prepare(std::vector<log::Entry>(fit, entry)));
  CHECK_FALSE(scene.log->prepare(std::vector<log::Entry>(fit + 1, entry)));
}

TEST_CASE("a halted log takes nothing, until it is halted no more") {
  Scene scene;
  scene.log->halt("an old copy");
  CHECK_FALSE(scene.log->prepare({refusal(0)}));
  scene.log->halt("");
  CHECK(scene.log->prepare({refusal(0)}));
}
