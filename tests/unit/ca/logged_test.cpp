// tests/unit/ca/logged_test.cpp — proofs that parties logged a certificate: whatever is wrong with
// one, its party does not count.
#include "ca/logged.h"

#include <functional>

#include <catch2/catch.hpp>

#include "log/checkpoint.h"
#include "log/entry.h"
#include "log/proof.h"
#include "tests/support/seeded_rng.h"

using namespace jointca;

namespace {

const Bytes certificate(200, 0xAB);
const Time at = time_from_unix(1'800'000'000);

SignatureBytes signature() {
  SignatureBytes bytes{};
  bytes.fill(7);
  return bytes;
}

struct TestParty {
  explicit TestParty(const std::string& the_name, std::uint64_t seed) : name(the_name) {
    test::SeededRng rng(seed);
    log_key = std::make_unique<SigningKey>(SigningKey::generate(rng));
    cosigner_key = std::make_unique<SigningKey>(SigningKey::generate(rng));
  }
  [[nodiscard]] std::string origin() const { return name + ".example/log"; }
  [[nodiscard]] std::string cosigner() const { return name + ".example/cosigner"; }
  [[nodiscard]] ca::PartyCard card() const {
    const log::NoteVerifier by{cosigner(), log::NoteKeyType::cosignature,
                               cosigner_key->public_key()};
    return {
        name, log_key->public_key(), log::vkey_text(origin(), log_key->public_key()), by.text(), "",
        ""};
  }

  std::string name;
  std::unique_ptr<SigningKey> log_key;
  std::unique_ptr<SigningKey> cosigner_key;
};

/// alpha, beta and gamma; two must sign.
struct Fixture {
  Fixture() {
    authority.id = Digest{1};
    authority.min_signers = 2;
    std::uint64_t number = 0;
    for (const char* name : {"alpha", "beta", "gamma"}) {
      parties.emplace_back(name, ++number);
      authority.parties.push_back(
          {static_cast<std::uint16_t>(number), parties.back().card(), Bytes(32)});
    }
  }

  [[nodiscard]] log::IssueEntry issue() const {
    log::IssueEntry entry;
    entry.authority = authority.id;
    entry.coordinator = "alpha";
    entry.signers = {"alpha", "beta"};
    entry.kind = "nebula-v2";
    entry.subject = {"web1", {"10.42.0.7/16"}, {}, at, at};
    entry.tbs = certificate;
    entry.r.fill(7);
    entry.approved = {"default", "policy", at};
    entry.time = at;
    return entry;
  }
  /// Of an entry between two others, in a log that the parties `by` cosigned.
  [[nodiscard]] log::TlogProof proof(const TestParty& party, const log::Entry& entry,
                                     const std::vector<const TestParty*>& by = {}) const {
    const Bytes text = *log::encode(entry);
    log::Tree tree;
    log::MemoryHashes hashes;
    for (const Digest& leaf : {Digest{1}, log::hash_leaf(text), Digest{3}})
      hashes.write(tree.append(leaf));
    const log::Checkpoint checkpoint{party.origin(), 3, tree.root()};
    std::string note = log::sign_checkpoint(checkpoint, *party.log_key);
    for (const TestParty* each : by)
      note += log::cosign_note(checkpoint.text(), each->cosigner(), *each->cosigner_key, at).line();
    return {text, 1, *log::inclusion_proof(1, 3, hashes), note};
  }
  void add(const std::string& name, const log::TlogProof& made) { proofs[name] = made.encode(); }
  void add_good() {
    add("a", proof(parties[0], issue(), {&parties[1], &parties[2]}));
    add("b", proof(parties[1], issue()));
  }
  [[nodiscard]] ca::LogProofs check() const {
    return ca::check_logged(authority, certificate, signature(), proofs);
  }
  /// What is wrong with the only proof.
  [[nodiscard]] std::string reason(const log::TlogProof& made) {
    proofs.clear();
    add("a", made);
    const ca::LogProofs found = check();
    CHECK(found.parties.empty() == !found.wrong.empty());
    return found.wrong.empty() ? "" : found.wrong.at("a");
  }

  ca::Authority authority;
  std::vector<TestParty> parties;
  std::map<std::string, std::string> proofs;
};

}  // namespace

TEST_CASE_METHOD(Fixture, "proofs by two parties name them, their entries and who cosigned") {
  add_good();
  const ca::LogProofs found = check();
  CHECK(found.wrong.empty());
  CHECK(found.suffice(authority));
  REQUIRE(found.parties.size() == 2);
  CHECK(found.parties[0].party == 1);
  CHECK(found.parties[0].proof == "a");
  CHECK(found.parties[0].index == 1);
  CHECK(found.parties[0].size == 3);
  CHECK(found.parties[0].cosigners == std::vector<std::string>{"beta", "gamma"});
  CHECK(found.parties[1].party == 2);
  CHECK(found.parties[1].cosigners.empty());
  authority.min_signers = 3;
  CHECK_FALSE(found.suffice(authority));
}

TEST_CASE_METHOD(Fixture, "two proofs of one party count once") {
  add("a", proof(parties[0], issue()));
  add("b", proof(parties[0], issue(), {&parties[1]}));
  ca::LogProofs found = check();
  CHECK(found.wrong.empty());
  CHECK(found.parties.size() == 1);
  SECTION("also when it is two parties by name") {
    // One key under two origins, both of which are signers.
    authority.parties[1].card.log_vkey =
        log::vkey_text(parties[1].origin(), parties[0].log_key->public_key());
    TestParty again("beta", 1);
    add("c", proof(again, issue()));
    found = check();
    CHECK(found.wrong.empty());
    CHECK(found.parties.size() == 1);
  }
}

TEST_CASE_METHOD(Fixture, "a proof of something else does not count") {
  log::IssueEntry entry = issue();
  SECTION("another certificate") {
    entry.tbs.back() ^= 1;
    CHECK(reason(proof(parties[0], entry)) == "its entry is of another certificate");
    entry.tbs.pop_back();
    CHECK(reason(proof(parties[0], entry)) == "its entry is of another certificate");
  }
  SECTION("another R") {
    entry.r[31] ^= 1;
    CHECK(reason(proof(parties[0], entry)) == "its entry is of another signature of these bytes");
  }
  SECTION("another authority") {
    entry.authority[0] ^= 1;
    CHECK(reason(proof(parties[0], entry)) == "its entry is of another authority");
  }
  SECTION("an entry of another type") {
    const log::OutcomeEntry outcome{{}, {}, "nebula-v2", {}, signature(), {}, at};
    CHECK(reason(proof(parties[0], outcome)) == "its entry is not of a certificate");
  }
  SECTION("no entry") {
    log::TlogProof without = proof(parties[0], entry);
    without.extra.reset();
    CHECK(reason(without) == "it has no entry");
  }
  SECTION("an entry in another text") {
    log::TlogProof other = proof(parties[0], entry);
    other.extra->push_back('\n');
    CHECK(reason(other).starts_with("its entry is malformed"));
  }
  SECTION("a party that did not sign") {
    CHECK(reason(proof(parties[2], entry)) ==
          "gamma is not among the signers that its entry names");
  }
  SECTION("a log that is of no party") {
    const TestParty stranger("delta", 9);
    CHECK(reason(proof(stranger, entry)) == "its log is not that of a party");
  }
  SECTION("a party's log by another's key") {
    const TestParty thief("alpha", 9);
    CHECK_FALSE(reason(proof(thief, entry)).empty());
  }
}

TEST_CASE_METHOD(Fixture, "a proof that was tampered with does not count") {
  log::TlogProof good = proof(parties[0], issue(), {&parties[1]});
  REQUIRE(reason(good).empty());
  SECTION("hash") { good.hashes[0][0] ^= 1; }
  SECTION("index") { good.index = 0; }
  SECTION("one hash too few") { good.hashes.pop_back(); }
  SECTION("root in the checkpoint") {
    const log::Checkpoint other{parties[0].origin(), 3, Digest{1}};
    good.checkpoint = log::sign_checkpoint(other, *parties[0].log_key);
  }
  SECTION("signature of the checkpoint") {
    good.checkpoint =
        log::Note{log::Note::parse(good.checkpoint)->text,
                  {log::sign_note("other\n", parties[0].origin(), *parties[0].log_key)}}
            .encode();
  }
  SECTION("a cosignature of another tree") {
    good.checkpoint +=
        log::cosign_note("other\n", parties[2].cosigner(), *parties[2].cosigner_key, at).line();
  }
  CHECK_FALSE(reason(good).empty());
}

TEST_CASE_METHOD(Fixture, "signatures by strangers are ignored, and nobody cosigns its own log") {
  const TestParty stranger("witness", 9);
  log::TlogProof good = proof(parties[0], issue(), {&parties[0], &stranger, &parties[2]});
  good.checkpoint += log::NoteSignature{"elsewhere", {1, 2, 3, 4}, Bytes{5}}.line();
  add("a", good);
  const ca::LogProofs found = check();
  REQUIRE(found.parties.size() == 1);
  CHECK(found.parties[0].cosigners == std::vector<std::string>{"gamma"});
}

TEST_CASE_METHOD(Fixture, "one wrong proof takes nothing from the others") {
  add_good();
  proofs["c"] = "nonsense";
  proofs["d"] = "";
  const ca::LogProofs found = check();
  CHECK(found.parties.size() == 2);
  CHECK(found.wrong.size() == 2);
  CHECK(found.wrong.at("c").starts_with("malformed"));
}

TEST_CASE_METHOD(Fixture, "no flipped bit in a proof makes more parties of it") {
  add_good();
  proofs.erase("b");
  std::string& text = proofs.at("a");
  std::size_t still = 0;
  for (std::size_t bit = 0; bit < 8 * text.size(); ++bit) {
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << (bit % 8)));
    const ca::LogProofs found = check();
    still += found.parties.size();
    if (found.parties.size() > 1 || (!found.parties.empty() && found.parties[0].party != 1))
      FAIL("bit " << bit);
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << (bit % 8)));
  }
  // What remains: names and key ids of cosigners, who become strangers.
  const log::TlogProof proof = *log::TlogProof::parse(text);
  const std::size_t first = proof.checkpoint.find("\n\n");
  CHECK(still <= 8 * (proof.checkpoint.size() - first));
  CHECK(check().parties.size() == 1);
}
