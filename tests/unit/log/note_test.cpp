// tests/unit/log/note_test.cpp — signed notes: published ones verify, and each reject rule rejects.
#include "log/note.h"

#include <catch2/catch.hpp>

#include "tests/unit/log/support.h"

namespace jointca::log {
namespace {

using test::test_key;

NoteVerifier verifier(std::string name, const SigningKey& key,
                      NoteKeyType type = NoteKeyType::ed25519) {
  return {std::move(name), type, key.public_key()};
}

/// "A note." signed by `alice` (key 1) and by `bob` (key 2).
struct TwoSigned {
  std::string text = "A note.\n";
  SigningKey alice_key = test_key(1);
  SigningKey bob_key = test_key(2);
  NoteVerifier alice = verifier("alice", alice_key);
  NoteVerifier bob = verifier("bob", bob_key);
  Note note{text, {sign_note(text, "alice", alice_key), sign_note(text, "bob", bob_key)}};

  [[nodiscard]] Result<VerifiedNote, Error> open(std::vector<NoteVerifier> known) const {
    return verify_note(note.encode(), known);
  }
};

TEST_CASE("published notes verify, and their keys round-trip") {
  std::size_t opened = 0;
  for (const auto& vector : test::vector_json("notes.json")) {
    INFO(vector["name"]);
    const auto known = NoteVerifier::parse(vector["vkey"].get<std::string>());
    REQUIRE(known);
    CHECK(known->text() == vector["vkey"]);
    const std::string text = vector["text"];
    const std::string note = text + "\n" + vector["line"].get<std::string>() + "\n";
    CHECK(Note::parse(note)->encode() == note);
    const auto verified = verify_note(note, std::vector{*known});
    REQUIRE(verified);
    CHECK(verified->text == text);
    REQUIRE(verified->by(*known) != nullptr);
    CHECK(verified->by(*known)->time.has_value() == vector.contains("time"));
    if (vector.contains("time"))
      CHECK(*verified->by(*known)->time == time_from_unix(vector["time"]));

    if (vector.contains("seed")) {
      const auto key = test::key_from_hex(vector["seed"]);
      CHECK(key.public_key() == known->key);
      const auto line = vector.contains("time")
                            ? cosign_note(text, known->name, key, time_from_unix(vector["time"]))
                            : sign_note(text, known->name, key);
      CHECK(Note{text, {line}}.encode() == note);
    }
    ++opened;
  }
  CHECK(opened == 5);
}

TEST_CASE("one public key has another id for each type and name") {
  const auto key = test_key(3).public_key();
  const auto id = note_key_id("a", NoteKeyType::ed25519, key);
  CHECK(id != note_key_id("a", NoteKeyType::cosignature, key));
  CHECK(id != note_key_id("b", NoteKeyType::ed25519, key));
  CHECK(vkey_text("a", key) == (NoteVerifier{"a", NoteKeyType::ed25519, key}.text()));
}

TEST_CASE("malformed verifier keys are refused") {
  const std::string good = vkey_text("example.com/foo", test_key(1).public_key());
  REQUIRE(NoteVerifier::parse(good));
  const std::string name = "example.com/foo";
  const std::string id = good.substr(name.size() + 1, 8);
  const std::string key = good.substr(name.size() + 10);
  for (const std::string& bad : std::vector<std::string>{
           std::string(), name, name + "+" + id, "+" + id + "+" + key, "a b+" + id + "+" + key,
           name + "+00000000+" + key, name + "+" + id.substr(1) + "+" + key, name + "+" + id + "+",
           name + "+" + id + "+" + key.substr(4), name + "+" + id + "+!" + key, good + "=",
           good + "\n", "x" + good, name + "++" + key,
           name + "+" + id + "+" + std::string(1000, 'A')}) {
    INFO(bad);
    CHECK_FALSE(NoteVerifier::parse(bad));
  }
  Bytes rfc6962{0x05};
  rfc6962.resize(33);
  CHECK(NoteVerifier::parse(name + "+" + id + "+" + to_base64(rfc6962)).error().reason ==
        "this type of key is not supported");
}

TEST_CASE("a key name has no space, plus, control character or bad UTF-8") {
  CHECK(is_note_key_name("example.com/log"));
  CHECK(is_note_key_name("caf\xC3\xA9"));
  CHECK(is_note_key_name(std::string(255, 'a')));
  for (const std::string& bad : std::vector<std::string>{
           std::string(), std::string("a b"), std::string("a+b"), std::string("a\tb"),
           std::string("a\x01"), std::string("a\xC2\xA0"), std::string("a\xC2\x85"),
           std::string("a\xE1\x9A\x80"), std::string("a\xE2\x80\x83"), std::string("a\xE2\x80\xA8"),
           std::string("a\xE3\x80\x80"), std::string("a\xFF"), std::string(256, 'a')})
    CHECK_FALSE(is_note_key_name(bad));
}

TEST_CASE("unknown keys are ignored") {
  const TwoSigned both;
  const auto opened = both.open({both.bob});
  REQUIRE(opened);
  CHECK(opened->signatures.size() == 1);
  CHECK(opened->by(both.bob) != nullptr);
  CHECK(opened->by(both.alice) == nullptr);
  CHECK(both.open({both.alice, both.bob})->signatures.size() == 2);
}

TEST_CASE("a note without a signature by a known key is refused") {
  const TwoSigned both;
  CHECK(both.open({}).error().code == Error::Code::verification);
  CHECK(both.open({verifier("carol", test_key(4))}).error().code == Error::Code::verification);
  // The right key under another name, and the right name with another key.
  CHECK_FALSE(both.open({verifier("carol", both.alice_key)}));
  CHECK_FALSE(both.open({verifier("alice", both.bob_key)}));
  // A signature is not a cosignature.
  CHECK_FALSE(both.open({verifier("alice", both.alice_key, NoteKeyType::cosignature)}));
}

TEST_CASE("one bad signature of a known key refuses the whole note") {
  TwoSigned both;
  for (std::size_t bit = 0; bit < 512; ++bit) {
    auto spoiled = both.note;
    spoiled.signatures[1].signature[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    CHECK(verify_note(spoiled, std::vector{both.alice, both.bob}).error().message ==
          "the signature of bob on a note does not hold");
    CHECK(verify_note(spoiled, std::vector{both.alice}));
  }
  both.note.signatures[1].signature.push_back(0);
  CHECK_FALSE(both.open({both.alice, both.bob}));
  both.note.signatures[1].signature.resize(1);
  CHECK_FALSE(both.open({both.alice, both.bob}));
}

TEST_CASE("another text is not signed") {
  TwoSigned both;
  for (const char* text : {"A note!\n", "A note.\n\n", "A note. \n", "\n"}) {
    both.note.text = text;
    CHECK_FALSE(both.open({both.alice}));
  }
}

TEST_CASE("duplicate signatures count once, and each must hold") {
  TwoSigned both;
  both.note.signatures.push_back(both.note.signatures[0]);
  CHECK(both.open({both.alice, both.bob})->signatures.size() == 2);
  CHECK(both.open({both.alice, both.alice})->signatures.size() == 1);
  both.note.signatures[2].signature[0] ^= 1;
  CHECK_FALSE(both.open({both.alice, both.bob}));
}

TEST_CASE("a cosignature binds its time") {
  const auto key = test_key(5);
  const std::string text = "log\n1\nroot\n";
  const auto cosigner = verifier("witness", key, NoteKeyType::cosignature);
  Note note{text, {cosign_note(text, "witness", key, time_from_unix(1700000000))}};
  const auto opened = verify_note(note, std::vector{cosigner});
  REQUIRE(opened);
  CHECK(*opened->signatures[0].time == time_from_unix(1700000000));
  for (std::size_t i = 0; i < 72; ++i) {
    auto spoiled = note;
    spoiled.signatures[0].signature[i] ^= 0x80;
    CHECK_FALSE(verify_note(spoiled, std::vector{cosigner}));
  }
  for (const std::size_t length : {1U, 8U, 64U, 71U, 73U}) {
    auto spoiled = note;
    spoiled.signatures[0].signature.resize(length);
    CHECK_FALSE(verify_note(spoiled, std::vector{cosigner}));
  }
  // The same key as a log's key does not make it a log's signature.
  CHECK_FALSE(verify_note(note, std::vector{verifier("witness", key)}));
}

TEST_CASE("malformed notes are refused with their reason") {
  const TwoSigned both;
  const std::string good = both.note.encode();
  const std::string dash = "\xE2\x80\x94 ";
  const std::string line = dash + "alice " + to_base64(Bytes(68));
  struct Case {
    std::string note;
    std::string reason;
  };
  const std::vector<Case> cases{
      {"", "no empty line before signatures"},
      {"text\n", "no empty line before signatures"},
      {"text\n" + line + "\n", "no empty line before signatures"},
      {"text\n\n", "no signature line with a line feed"},
      {good.substr(0, good.size() - 1), "no signature line with a line feed"},
      {"\xFF" + good, "not UTF-8"},
      {"te\rxt\n\n" + line + "\n", "control character"},
      {"te\txt\n\n" + line + "\n", "control character"},
      {std::string("te\0xt\n\n", 7) + line + "\n", "control character"},
      {"text\n\n- alice " + to_base64(Bytes(68)) + "\n", "not a signature line"},
      {"text\n\n" + line + "\nmore\n", "not a signature line"},
      {"text\n\n\xE2\x80\x94" + std::string("alice AAAAAAA=\n"), "not a signature line"},
      {"text\n\n" + dash + "alice\n", "no signature after the name"},
      {"text\n\n" + dash + " AAAAAAA=\n", "not a key name"},
      {"text\n\n" + dash + "al+ice AAAAAAA=\n", "not a key name"},
      {"text\n\n" + dash + "al\xC2\xA0ice AAAAAAA=\n", "not a key name"},
      {"text\n\n" + dash + "alice \n", "expected base64 of a key id and a signature"},
      {"text\n\n" + dash + "alice AAAAAA==\n", "expected base64 of a key id and a signature"},
      {"text\n\n" + dash + "alice AAAAAAB=\n", "expected base64 of a key id and a signature"},
      {"text\n\n" + dash + "alice AAAAAAA\n", "expected base64 of a key id and a signature"},
      {"text\n\n" + dash + "alice  AAAAAAA=\n", "expected base64 of a key id and a signature"},
      {std::string(note_bytes_max, 'a') + "\n\n" + line + "\n", "too long"},
  };
  for (const auto& [note, reason] : cases) {
    INFO(note.substr(0, 200));
    const auto parsed = Note::parse(note);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().reason == reason);
    CHECK(verify_note(note, std::vector{both.alice}).error().code == Error::Code::verification);
  }
  CHECK(Note::parse("text\n\n" + dash + "alice AAAAAAA=\n"));
}

TEST_CASE("a hundred signatures are read, and not one more") {
  const TwoSigned both;
  Note note{both.text, std::vector(note_signatures_max, both.note.signatures[0])};
  CHECK(verify_note(note.encode(), std::vector{both.alice}));
  note.signatures.push_back(note.signatures[0]);
  CHECK(Note::parse(note.encode()).error().reason == "too many signatures");
}

TEST_CASE("the text ends at the last empty line") {
  const std::string text = "one\n\ntwo\n\n";
  const auto key = test_key(1);
  const Note note{text, {sign_note(text, "alice", key)}};
  CHECK(Note::parse(note.encode())->text == text);
  CHECK(verify_note(note.encode(), std::vector{verifier("alice", key)}));
}

}  // namespace
}  // namespace jointca::log
