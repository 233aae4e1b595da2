// tests/unit/log/witness_test.cpp — a witness never cosigns what does not extend what it cosigned
// before, and answers each request as https://c2sp.org/tlog-witness wants.
#include "log/witness.h"

#include <catch2/catch.hpp>

#include "tests/unit/log/support.h"

using namespace jointca;
using namespace jointca::log;
using namespace jointca::log::test;

namespace {

const std::string origin = "example.org/numbered";

NoteVerifier log_verifier() { return {origin, NoteKeyType::ed25519, test_key(1).public_key()}; }

std::string request_text(std::uint64_t old_size, const std::vector<Digest>& proof,
                         const std::string& checkpoint) {
  std::string out = "old " + std::to_string(old_size) + "\n";
  for (const Digest& hash : proof) out += to_base64(hash) + "\n";
  return out + "\n" + checkpoint;
}

/// Numbered logs of each size, signed.
struct Log {
  NumberedLog numbered{20};

  [[nodiscard]] Digest root_of(std::uint64_t size) const {
    return size == 0 ? empty_root() : *root(size, numbered.hashes);
  }
  [[nodiscard]] std::string checkpoint(std::uint64_t size) const {
    return sign_checkpoint({origin, size, root_of(size)}, test_key(1));
  }
  [[nodiscard]] AddCheckpoint request(std::uint64_t old_size, std::uint64_t size) const {
    std::vector<Digest> proof;
    if (old_size > 0 && old_size <= size)
      proof = *consistency_proof(old_size, size, numbered.hashes);
    return *AddCheckpoint::parse(request_text(old_size, proof, checkpoint(size)));
  }
  [[nodiscard]] WitnessedTree tree(std::uint64_t size) const { return {size, root_of(size)}; }
  [[nodiscard]] unsigned status(const AddCheckpoint& request, std::uint64_t last) const {
    return decide(request, log_verifier(), tree(last)).status;
  }
};

}  // namespace

TEST_CASE("a witness answers the published requests as other witnesses do") {
  const auto vectors = vector_json("witness.json");
  const NoteVerifier key{vectors["origin"], NoteKeyType::ed25519,
                         PublicKey{digest_from_hex(vectors["key"])}};
  WitnessedTree last;
  for (const auto& expected : vectors["requests"]) {
    INFO(expected["name"].get<std::string>());
    const unsigned status = expected["status"];
    auto body = expected["body"].get<std::string>();
    // Its last character has bits beyond the signature, for which we refuse base64 before looking
    // at the signature (RFC 4648 §3.5). The other bits are wrong in either case.
    if (expected["name"] == "invalid signature") {
      CHECK(!AddCheckpoint::parse(body));
      REQUIRE(body.ends_with("gx=\n"));
      body.replace(body.size() - 3, 1, "w");
    }
    const auto request = AddCheckpoint::parse(body);
    CHECK(request.has_value() == (status != 400));
    if (!request) continue;
    CHECK(request->encode() == body);
    CHECK((request->checkpoint.origin == key.name) == (status != 404));
    if (request->checkpoint.origin != key.name) continue;
    const auto decision = decide(*request, key, last);
    CHECK(decision.status == status);
    if (status == 409) CHECK(decision.reason == expected["size"].get<std::string>());
    CHECK(decision.valid.has_value() == (status == 200));
    if (status == 200) last = {request->checkpoint.size, request->checkpoint.root};
  }
  CHECK(last.size == 5);
}

TEST_CASE("the proof from 3 to 15 of another log's own tools holds") {
  const auto body = vector_file("add-checkpoint-3-15.txt");
  const auto request = AddCheckpoint::parse(body);
  REQUIRE(request);
  CHECK(request->old_size == 3);
  CHECK(request->checkpoint.size == 15);
  CHECK(request->encode() == body);
  const auto key = *NoteVerifier::parse(
      "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx");
  // The proof alone tells the root of the first three entries, "one", "two" and "three".
  const Tree three = [] {
    Tree tree;
    for (const char* entry : {"one", "two", "three"})
      static_cast<void>(tree.append(hash_leaf(as_bytes(entry))));
    return tree;
  }();
  CHECK(decide(*request, key, {3, three.root()}).status == 200);
  CHECK(decide(*request, key, {3, empty_root()}).status == 422);
}

TEST_CASE("every tree is consistent with the smaller ones, and only with them") {
  const Log log;
  for (std::uint64_t last = 0; last <= 20; ++last)
    for (std::uint64_t size = 0; size <= 20; ++size) {
      const auto request = log.request(last, size);
      CHECK(log.status(request, last) == (size < last ? 400U : 200U));
      if (size == 0) continue;
      auto other = log.tree(last);
      other.root[7] ^= 1;  // the empty tree has but one root
      if (last > 0 && size >= last) CHECK(decide(request, log_verifier(), other).status == 422);
    }
}

TEST_CASE("what was cosigned last is told to whoever assumes another size") {
  const Log log;
  for (const std::uint64_t old_size : {0U, 4U, 6U}) {
    const auto decision = decide(log.request(old_size, 9), log_verifier(), log.tree(5));
    CHECK(decision.status == 409);
    CHECK(decision.reason == "5");
    CHECK(!decision.valid);
  }
}

TEST_CASE("a log may be asked about before its first entry, and has but one empty tree") {
  const Log log;
  CHECK(log.status(log.request(0, 0), 0) == 200);
  CHECK(log.status(log.request(0, 5), 0) == 200);
  Digest root{};
  root[0] = 1;
  const auto bogus =
      *AddCheckpoint::parse(request_text(0, {}, sign_checkpoint({origin, 0, root}, test_key(1))));
  CHECK(log.status(bogus, 0) == 422);
  CHECK(log.status(bogus, 5) == 409);
}

TEST_CASE("a proof is neither missing, nor superfluous, nor too long, nor cut") {
  const Log log;
  auto request = log.request(3, 9);
  request.proof.pop_back();
  CHECK(log.status(request, 3) == 422);
  request.proof.clear();
  CHECK(log.status(request, 3) == 422);
  request = log.request(3, 9);
  request.proof.push_back(Digest{});
  CHECK(log.status(request, 3) == 422);
  request = log.request(0, 9);
  request.proof.push_back(Digest{});
  CHECK(log.status(request, 0) == 422);
  request = log.request(9, 9);
  request.proof.push_back(Digest{});
  CHECK(log.status(request, 9) == 422);
}

TEST_CASE("only the log's own key makes a checkpoint, and a bad line of it spoils the note") {
  const Log log;
  auto request = log.request(0, 5);
  const auto own = request.note.signatures.front();
  auto forged = own;
  forged.signature[9] ^= 1;

  request.note.signatures = {forged};
  CHECK(log.status(request, 0) == 403);
  request.note.signatures = {own, forged};
  CHECK(log.status(request, 0) == 403);
  request.note.signatures = {sign_note(request.note.text, origin, test_key(2))};
  CHECK(log.status(request, 0) == 403);
  const auto cosigned = cosign_note(request.note.text, origin, test_key(1), time_from_unix(5));
  request.note.signatures = {cosigned};
  CHECK(log.status(request, 0) == 403);
  // A stranger's lines are neither verified nor kept.
  request.note.signatures = {cosigned, own, own};
  const auto decision = decide(request, log_verifier(), {});
  CHECK(decision.status == 200);
  REQUIRE(decision.valid);
  CHECK(*decision.valid == own);
}

TEST_CASE("a malformed request is refused with the line that is wrong") {
  const Log log;
  const std::string hash = to_base64(Digest{}) + "\n", note = log.checkpoint(5);
  const auto where = [](const std::string& body) {
    const auto request = AddCheckpoint::parse(body);
    REQUIRE(!request);
    return request.error().where;
  };
  CHECK(AddCheckpoint::parse("old 3\n" + hash + "\n" + note));
  for (const char* first : {"", "old\n", "old \n", "old 03\n", "old -1\n", "old +1\n", "old 1 \n",
                            "old 1\r\n", "Old 1\n", "old 4611686018427387905\n", "1\n"})
    CHECK(where(first + ("\n" + note)) == "add-checkpoint line 1");
  for (const std::string& line : {std::string("=\n"), " " + hash, to_base64(Bytes(31)) + "\n",
                                  to_base64(Bytes(33)) + "\n", std::string(100, 'A') + "\n"})
    CHECK(where("old 3\n" + hash + line + "\n" + note) == "add-checkpoint line 3");
  std::string long_proof;
  for (std::size_t i = 0; i < proof_hashes_max; ++i) long_proof += hash;
  CHECK(AddCheckpoint::parse("old 3\n" + long_proof + "\n" + note));
  CHECK(where("old 3\n" + long_proof + hash + "\n" + note) == "add-checkpoint line 65");
  CHECK(where("old 3\n" + hash) == "add-checkpoint");
  CHECK(where("old 3\n\n" + note.substr(0, note.size() - 1)) == "note");
  CHECK(where(std::string(note_bytes_max + 1, 'x')) == "add-checkpoint");

  // Extension lines are outside of what other cosigners sign.
  Note extended{Checkpoint{origin, 5, log.root_of(5)}.text() + "more\n", {}};
  extended.signatures.push_back(sign_note(extended.text, origin, test_key(1)));
  CHECK(where("old 0\n\n" + extended.encode()) == "checkpoint line 4");
}
