// tests/unit/daemon/witness_test.cpp — a witness answers for the logs that it knows, in the order
// in which it was asked. What it remembers over a crash: tests/system/witness_test.py.
#include "daemon/witness.h"

#include <catch2/catch.hpp>

#include "crypto/hash.h"
#include "daemon/store.h"
#include "tests/support/temp_dir.h"

using namespace jointca;
using namespace jointca::daemon;

namespace {

SigningKey key(std::uint8_t byte) {
  return SigningKey(Secret<32>::make([&](auto out) { std::fill(out.begin(), out.end(), byte); }));
}

const std::string origin = "example.org/outside";

struct Scene {
  jointca::test::TempDir dir;
  std::unique_ptr<Store> store = *Store::open(dir.file("state.db"));
  Time now = time_from_unix(1'800'000'000);
  Witness witness{*store, key(2), "example.org/alpha/witness", [this] { return now; }};

  Scene() { witness.set_logs({{{origin, log::NoteKeyType::ed25519, key(1).public_key()}, ""}}); }

  transport::HttpResponse ask(const std::string& method, const std::string& target,
                              const std::string& body = "") {
    const auto response = witness.answer({method, target, body, ""});
    REQUIRE(response);
    return *response;
  }
  transport::HttpResponse add(std::uint64_t old_size, const log::Tree& tree,
                              const std::string& of = origin, std::uint8_t signer = 1) {
    const auto note = log::sign_checkpoint({of, tree.size(), tree.root()}, key(signer));
    return ask("POST", "/witness/add-checkpoint",
               "old " + std::to_string(old_size) + "\n\n" + note);
  }
  transport::HttpResponse newest(const std::string& of = origin) {
    return ask("GET", "/witness/" + to_hex(sha256(as_bytes(of))) + "/checkpoint");
  }
};

log::Tree tree_of(std::uint64_t size, std::uint8_t first = 0) {
  log::Tree tree;
  for (std::uint64_t i = 0; i < size; ++i)
    static_cast<void>(tree.append(Digest{first, static_cast<std::uint8_t>(i)}));
  return tree;
}

}  // namespace

TEST_CASE("a cosignature is over the checkpoint, at the time of the witness") {
  Scene scene;
  CHECK(scene.newest().status == 404);
  const auto answer = scene.add(0, tree_of(3));
  CHECK(answer.status == 200);
  const auto note = scene.newest();
  CHECK(note.status == 200);
  CHECK(note.body.ends_with(answer.body));
  const log::NoteVerifier by[] = {scene.witness.verifier()};
  const auto opened =
      log::open_checkpoint(note.body, {origin, log::NoteKeyType::ed25519, key(1).public_key()}, by);
  REQUIRE(opened);
  CHECK(opened->checkpoint.size == 3);
  REQUIRE(opened->cosignatures.size() == 1);
  CHECK(opened->cosignatures[0].time == scene.now);
  CHECK(log::Note::parse(note.body)->signatures.size() == 2);
}

TEST_CASE("the same tree may be cosigned again, another of its size may not") {
  Scene scene;
  const auto first = scene.add(0, tree_of(3));
  scene.now += Duration(10);
  const auto again = scene.add(3, tree_of(3));
  CHECK(again.status == 200);
  CHECK(again.body != first.body);
  CHECK(scene.newest().body.ends_with(again.body));
  CHECK(scene.add(3, tree_of(3, 1)).status == 422);
  CHECK(scene.add(3, tree_of(4)).status == 422);
  const auto conflict = scene.add(0, tree_of(4));
  CHECK(conflict.status == 409);
  CHECK(conflict.body == "3\n");
  CHECK(conflict.content_type == "text/x.tlog.size");
  CHECK(scene.newest().body.ends_with(again.body));
}

TEST_CASE("of two requests from the same size only the first is cosigned") {
  Scene scene;
  CHECK(scene.add(0, tree_of(5)).status == 200);
  CHECK(scene.add(0, tree_of(4)).status == 409);
  CHECK(scene.newest().body.find("\n5\n") != std::string::npos);
}

TEST_CASE("unknown logs, foreign signatures and nonsense change nothing") {
  Scene scene;
  CHECK(scene.add(0, tree_of(3), "example.org/other").status == 404);
  CHECK(scene.add(0, tree_of(3), origin, 3).status == 403);
  CHECK(scene.ask("POST", "/witness/add-checkpoint", "nonsense").status == 400);
  CHECK(scene.add(9, tree_of(3)).status == 400);
  CHECK(scene.newest().status == 404);
  CHECK(scene.newest("example.org/other").status == 404);
}

TEST_CASE("each log has a memory of its own, which outlives the list of logs") {
  Scene scene;
  CHECK(scene.add(0, tree_of(3)).status == 200);
  scene.witness.set_logs(
      {{{"example.org/other", log::NoteKeyType::ed25519, key(1).public_key()}, ""}});
  CHECK(scene.add(3, tree_of(3)).status == 404);
  CHECK(scene.newest().status == 200);
  CHECK(scene.add(0, tree_of(7), "example.org/other").status == 200);
  scene.witness.set_logs({{{origin, log::NoteKeyType::ed25519, key(4).public_key()}, ""}});
  CHECK(scene.add(3, tree_of(3)).status == 403);
  CHECK(scene.add(0, tree_of(2), origin, 4).body == "3\n");
}

TEST_CASE("other requests are left to others") {
  Scene scene;
  for (const auto& [method, target] :
       std::vector<std::pair<std::string, std::string>>{{"GET", "/witness/add-checkpoint"},
                                                        {"POST", "/witness/"},
                                                        {"POST", "/witness/add-checkpoint/"},
                                                        {"DELETE", "/witness/00/checkpoint"},
                                                        {"GET", "/witness"},
                                                        {"GET", "/log/checkpoint"}})
    CHECK(!scene.witness.answer({method, target, "", ""}));
  CHECK(scene.ask("GET", "/witness/" + std::string(4000, '/') + "/checkpoint").status == 404);
}
