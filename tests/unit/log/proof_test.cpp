// tests/unit/log/proof_test.cpp — tlog-proof files: the published one holds, altered ones do not.
#include "log/proof.h"

#include <catch2/catch.hpp>

#include "tests/unit/log/support.h"

namespace jointca::log {
namespace {

const NoteVerifier tessera_log = *NoteVerifier::parse(
    "example.com/log/testdata+33d7b496+"
    "AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx");
const NoteVerifier witness = *NoteVerifier::parse(
    "example.org/witness+cacf2e50+"
    "BGbguFjkYqYJ5m/nE3DIFtiEb/ED1UmaIqf+w3/bxCSn");

TEST_CASE("the published proof holds, with its cosignature") {
  const auto text = test::vector_file("five.tlog-proof");
  const auto leaf = hash_leaf(as_bytes(test::vector_file("five.entry")));
  const auto proof = TlogProof::parse(text);
  REQUIRE(proof);
  CHECK(proof->encode() == text);
  CHECK(proof->index == 4);
  CHECK(proof->hashes.size() == 4);
  const auto opened = verify_proof(*proof, leaf, tessera_log, std::vector{witness});
  REQUIRE(opened);
  CHECK(opened->checkpoint.size == 15);
  REQUIRE(opened->cosignatures.size() == 1);
  CHECK(opened->cosignatures[0].time == time_from_unix(1234567890));

  CHECK(verify_proof(*proof, hash_leaf(as_bytes("six")), tessera_log).error().code ==
        Error::Code::verification);
  CHECK_FALSE(verify_proof(*proof, leaf, witness));
}

TEST_CASE("the published consistency proof holds") {
  // old 3, five hashes, an empty line, the checkpoint of size 15.
  const auto text = test::vector_file("add-checkpoint-3-15.txt");
  std::vector<Digest> proof;
  std::size_t begin = text.find('\n') + 1;
  for (std::size_t end; (end = text.find('\n', begin)) != begin; begin = end + 1)
    proof.push_back(*to_array<32>(*from_base64(text.substr(begin, end - begin))));
  REQUIRE(proof.size() == 5);
  const auto opened = open_checkpoint(text.substr(begin + 1), tessera_log);
  REQUIRE(opened);
  Tree old_tree;
  for (const char* entry : {"one", "two", "three"})
    (void)old_tree.append(hash_leaf(as_bytes(entry)));
  CHECK(verify_consistency(3, 15, old_tree.root(), opened->checkpoint.root, proof));
}

struct OwnLog {
  explicit OwnLog(std::uint64_t size) : log(size) {
    checkpoint = sign_checkpoint({"alice", size, log.tree.root()}, key);
  }
  [[nodiscard]] TlogProof proof(std::uint64_t index) const {
    return {std::nullopt, index, *inclusion_proof(index, log.tree.size(), log.hashes), checkpoint};
  }

  SigningKey key = test::test_key(1);
  NoteVerifier verifier{"alice", NoteKeyType::ed25519, key.public_key()};
  test::NumberedLog log;
  std::string checkpoint;
};

TEST_CASE("proofs of our logs round-trip and hold for their entry alone") {
  for (const std::uint64_t size : {1U, 2U, 7U}) {
    const OwnLog own(size);
    for (std::uint64_t i = 0; i < size; ++i) {
      const auto parsed = TlogProof::parse(own.proof(i).encode());
      REQUIRE(parsed);
      CHECK(*parsed == own.proof(i));
      for (std::uint64_t other = 0; other < size; ++other)
        CHECK(verify_proof(*parsed, hash_leaf(test::numbered_entry(other)), own.verifier)
                  .has_value() == (other == i));
    }
  }
  CHECK(OwnLog(1).proof(0).encode().starts_with("c2sp.org/tlog-proof@v1\nindex 0\n\nalice\n1\n"));
}

TEST_CASE("extra data is carried and not verified") {
  const OwnLog own(3);
  auto proof = own.proof(1);
  proof.extra = to_bytes("hello");
  const auto text = proof.encode();
  CHECK(text.starts_with("c2sp.org/tlog-proof@v1\nextra aGVsbG8=\nindex 1\n"));
  const auto parsed = TlogProof::parse(text);
  REQUIRE(parsed);
  CHECK(*parsed == proof);
  CHECK(verify_proof(*parsed, hash_leaf(test::numbered_entry(1)), own.verifier));
}

TEST_CASE("any flipped bit of a proof is refused or proves nothing") {
  const OwnLog own(5);
  const auto text = own.proof(2).encode();
  const auto leaf = hash_leaf(test::numbered_entry(2));
  for (std::size_t bit = 0; bit < 8 * text.size(); ++bit) {
    auto spoiled = text;
    spoiled[bit / 8] = static_cast<char>(spoiled[bit / 8] ^ (1 << (bit % 8)));
    const auto parsed = TlogProof::parse(spoiled);
    if (!parsed) continue;
    CHECK(parsed->encode() == spoiled);
    CHECK_FALSE(verify_proof(*parsed, leaf, own.verifier));
  }
}

TEST_CASE("malformed proofs are refused with their reason") {
  const OwnLog own(3);
  const std::string head = "c2sp.org/tlog-proof@v1\n";
  const std::string hash = to_base64(Digest{1}) + "\n";
  const std::string tail = "\n" + own.checkpoint;
  std::string hashes;
  for (std::size_t i = 0; i < proof_hashes_max; ++i) hashes += hash;
  CHECK(TlogProof::parse(head + "index 2\n" + hashes + tail));

  struct Case {
    std::string text;
    std::string reason;
  };
  const std::vector<Case> cases{
      {"", "not a tlog-proof, version 1"},
      {"index 2\n" + tail, "not a tlog-proof, version 1"},
      {"c2sp.org/tlog-proof@v2\nindex 2\n" + tail, "not a tlog-proof, version 1"},
      {head, "expected an index"},
      {head + "index\n" + tail, "expected an index"},
      {head + "index 02\n" + tail, "expected an index"},
      {head + "index -2\n" + tail, "expected an index"},
      {head + "index 4611686018427387904\n" + tail, "expected an index"},
      {head + "extra \nindex 2\n" + tail, "expected base64"},
      {head + "extra !\nindex 2\n" + tail, "expected base64"},
      {head + "extra AA==\nextra AA==\nindex 2\n" + tail, "expected an index"},
      {head + "extra " + std::string(proof_extra_bytes_max + 4, 'A') + "\nindex 2\n" + tail,
       "too long"},
      {head + "index 2\nindex 2\n" + tail, "expected base64 of a hash"},
      {head + "index 2\n" + to_base64(Bytes(31)) + "\n" + tail, "expected base64 of a hash"},
      {head + "index 2\n" + hashes + hash + tail, "too many hashes"},
      {head + "index 2\n" + hash, "no empty line before the checkpoint"},
      {head + "index 2\n\n", "no empty line before signatures"},
      {head + "index 2\n\n" + own.checkpoint.substr(0, 50), "no empty line before signatures"},
      {head + "index 2\n" + tail + std::string(proof_bytes_max, '\n'), "too long"},
  };
  for (const auto& [text, reason] : cases) {
    INFO(text.substr(0, 200));
    const auto parsed = TlogProof::parse(text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().reason == reason);
  }
}

}  // namespace
}  // namespace jointca::log
