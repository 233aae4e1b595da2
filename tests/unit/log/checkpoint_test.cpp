// tests/unit/log/checkpoint_test.cpp — checkpoints: live ones open, altered ones do not.
#include "log/checkpoint.h"

#include <catch2/catch.hpp>

#include "tests/unit/log/support.h"

namespace jointca::log {
namespace {

using test::test_key;

const std::string root_line = to_base64(Digest{1}) + "\n";

TEST_CASE("checkpoints of running logs open under their origin") {
  std::size_t opened = 0;
  for (const auto& vector : test::vector_json("notes.json")) {
    if (!vector.contains("origin")) continue;
    const auto key = *NoteVerifier::parse(vector["vkey"].get<std::string>());
    const std::string note =
        vector["text"].get<std::string>() + "\n" + vector["line"].get<std::string>() + "\n";
    const auto checkpoint = open_checkpoint(note, vector["origin"].get<std::string>(), key);
    REQUIRE(checkpoint);
    CHECK(checkpoint->checkpoint.text() == vector["text"]);
    CHECK(checkpoint->cosignatures.empty());
    CHECK_FALSE(open_checkpoint(note, "another.log", key));
    ++opened;
  }
  CHECK(opened == 2);
}

TEST_CASE("what a log signs is what its readers open") {
  const auto key = test_key(1);
  const Checkpoint checkpoint{"alice.example/log", 12, Digest{7}};
  const auto note = sign_checkpoint(checkpoint, key);
  CHECK(note == sign_checkpoint(checkpoint, key));
  const NoteVerifier log_key{"alice.example/log", NoteKeyType::ed25519, key.public_key()};
  const auto opened = open_checkpoint(note, log_key);
  REQUIRE(opened);
  CHECK(opened->checkpoint == checkpoint);
  CHECK_FALSE(open_checkpoint(
      note, NoteVerifier{log_key.name, NoteKeyType::ed25519, test_key(2).public_key()}));
}

TEST_CASE("any changed byte of a checkpoint's text spoils it") {
  const auto key = test_key(1);
  const Checkpoint checkpoint{"alice.example/log", 12, Digest{7}};
  const auto note = sign_checkpoint(checkpoint, key);
  const NoteVerifier log_key{"alice.example/log", NoteKeyType::ed25519, key.public_key()};
  for (std::size_t i = 0; i < checkpoint.text().size(); ++i) {
    auto spoiled = note;
    spoiled[i] = static_cast<char>(spoiled[i] ^ 1);
    CHECK_FALSE(open_checkpoint(spoiled, log_key));
  }
}

TEST_CASE("a cosigner's signature alone does not make a checkpoint") {
  const auto cosigner_key = test_key(2);
  const NoteVerifier cosigner{"bob", NoteKeyType::cosignature, cosigner_key.public_key()};
  const NoteVerifier log_key{"alice", NoteKeyType::ed25519, test_key(1).public_key()};
  const std::string text = Checkpoint{"alice", 1, Digest{7}}.text();
  const auto note =
      Note{text, {cosign_note(text, "bob", cosigner_key, time_from_unix(5))}}.encode();
  CHECK(open_checkpoint(note, log_key, std::vector{cosigner}).error().message ==
        "the checkpoint is not signed by alice");
}

TEST_CASE("cosigners count by their public keys, and the log is not among them") {
  const auto log_signer = test_key(1);
  const auto bob = test_key(2);
  const NoteVerifier log_key{"alice", NoteKeyType::ed25519, log_signer.public_key()};
  const std::vector<NoteVerifier> cosigners{
      {"bob", NoteKeyType::cosignature, bob.public_key()},
      {"robert", NoteKeyType::cosignature, bob.public_key()},
      {"alice-as-witness", NoteKeyType::cosignature, log_signer.public_key()}};
  const std::string text = Checkpoint{"alice", 1, Digest{7}}.text();
  const auto at = time_from_unix(5);
  const Note note{
      text,
      {cosign_note(text, "alice-as-witness", log_signer, at), cosign_note(text, "bob", bob, at),
       cosign_note(text, "robert", bob, at), sign_note(text, "alice", log_signer)}};
  const auto opened = open_checkpoint(note.encode(), log_key, cosigners);
  REQUIRE(opened);
  REQUIRE(opened->cosignatures.size() == 1);
  CHECK(opened->cosignatures[0].by.name == "bob");
  CHECK(opened->cosignatures[0].time == at);

  auto spoiled = note;
  spoiled.signatures[1].signature.back() ^= 1;
  CHECK_FALSE(open_checkpoint(spoiled.encode(), log_key, cosigners));
  CHECK(open_checkpoint(spoiled.encode(), log_key));
}

TEST_CASE("the empty log has a checkpoint with the root of nothing") {
  const Checkpoint empty{"alice", 0, empty_root()};
  CHECK(empty.text() == "alice\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n");
  CHECK(*Checkpoint::parse(empty.text()) == empty);
  CHECK(Checkpoint::parse("alice\n0\n" + root_line).error().reason ==
        "not the root of an empty log");
}

TEST_CASE("the text of a checkpoint is read strictly") {
  const std::string good = "alice\n12\n" + root_line;
  CHECK(Checkpoint::parse(good)->text() == good);
  CHECK(Checkpoint::parse("alice\n4611686018427387904\n" + root_line));
  for (const std::string& bad :
       std::vector<std::string>{std::string(),
                                std::string("alice"),
                                std::string("alice\n"),
                                std::string("alice\n12\n"),
                                good.substr(0, good.size() - 1),
                                "\n12\n" + root_line,
                                "alice\n\n" + root_line,
                                "alice\n012\n" + root_line,
                                "alice\n00\n" + root_line,
                                "alice\n+1\n" + root_line,
                                "alice\n-1\n" + root_line,
                                "alice\n 1\n" + root_line,
                                "alice\n1 \n" + root_line,
                                "alice\n0x1\n" + root_line,
                                "alice\n4611686018427387905\n" + root_line,
                                "alice\n18446744073709551617\n" + root_line,
                                "alice\n12\n" + to_base64(Bytes(31)) + "\n",
                                "alice\n12\n" + to_base64(Bytes(33)) + "\n",
                                "alice\n12\nAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\n",
                                good + "extension\n",
                                good + "\n",
                                "al\tice\n12\n" + root_line,
                                "al\xFFice\n12\n" + root_line,
                                std::string(256, 'a') + "\n12\n" + root_line}) {
    INFO(bad);
    CHECK_FALSE(Checkpoint::parse(bad));
  }
}

}  // namespace
}  // namespace jointca::log
