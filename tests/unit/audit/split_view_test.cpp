// tests/unit/audit/split_view_test.cpp — evidence of a split view: it convicts who signed two
// trees, and nobody else.
#include "audit/split_view.h"

#include <catch2/catch.hpp>

#include "tests/unit/log/support.h"

namespace jointca::audit {
namespace {

using log::test::test_key;

const std::string origin = "jointca.party/bob/0123456789abcdef/log";

ca::Authority two_parties() {
  ca::Authority authority;
  authority.id = Digest{7};
  authority.parties = {{1, {}, {}}, {2, {}, {}}};
  authority.parties[0].card.identity = test_key(1).public_key();
  authority.parties[0].card.log_vkey =
      log::vkey_text("alice.example/log", test_key(11).public_key());
  authority.parties[1].card.identity = test_key(2).public_key();
  authority.parties[1].card.log_vkey = log::vkey_text(origin, test_key(12).public_key());
  return authority;
}

EvidenceContext context_of(const ca::Authority& authority) {
  EvidenceContext context;
  context.authority = authority.id;
  for (const ca::Party& party : authority.parties)
    context.roster.emplace(Identifier(party.identifier), party.card.identity);
  context.min_signers = 2;
  return context;
}

std::string note_of(std::uint64_t size, const Digest& root) {
  return log::sign_checkpoint({origin, size, root}, test_key(12));
}

/// A log of numbered entries; in the forked one, entry `fork` reads otherwise.
struct Forked {
  Forked(std::uint64_t size, std::optional<std::uint64_t> fork) {
    for (std::uint64_t i = 0; i < size; ++i) {
      const auto leaf = log::hash_leaf(i == fork ? to_bytes(std::string_view("other"))
                                                 : log::test::numbered_entry(i));
      hashes.write(tree.append(leaf));
    }
  }
  [[nodiscard]] std::string note() const { return note_of(tree.size(), tree.root()); }
  log::Tree tree;
  log::MemoryHashes hashes;
};

const Identifier bob{2};

TEST_CASE("two signed trees convict the log's owner at every pair of sizes") {
  const auto authority = two_parties();
  for (std::uint64_t older = 1; older <= 20; ++older)
    for (std::uint64_t newer = older; newer <= 20; ++newer)
      for (const std::uint64_t fork : {std::uint64_t{0}, older - 1}) {
        INFO(older << " " << newer << " " << fork);
        const Forked honest(newer, std::nullopt), lie(older, fork);
        const auto evidence =
            split_view_evidence(authority, bob, honest.note(), lie.note(), honest.hashes);
        REQUIRE(evidence);
        CHECK(verify_evidence(*evidence, context_of(authority), audit_checks(authority)));
        CHECK(*parse_evidence(to_json(*evidence)) == *evidence);
        const auto turned =
            split_view_evidence(authority, bob, lie.note(), honest.note(), honest.hashes);
        CHECK((turned && *turned == *evidence));
      }
}

TEST_CASE("an honest log yields no evidence") {
  const auto authority = two_parties();
  const Forked log(13, std::nullopt);
  for (std::uint64_t size = 0; size <= 13; ++size) {
    const auto note = note_of(size, *log::root(size, log.hashes));
    CHECK_FALSE(split_view_evidence(authority, bob, note, log.note(), log.hashes));
  }
}

TEST_CASE("a path that convicts an honest log is not found among the true ones") {
  // The hashes of another tree make a path to another root, which the newer note does not sign.
  const auto authority = two_parties();
  const Forked log(13, std::nullopt), other(13, 3);
  const auto older = note_of(8, *log::root(8, log.hashes));
  CHECK_FALSE(split_view_evidence(authority, bob, older, log.note(), other.hashes));
}

TEST_CASE("no bit of the evidence of a split view is without effect") {
  const auto authority = two_parties();
  const Forked honest(11, std::nullopt), lie(8, 2), twin(11, 4);
  for (const std::string& note : {lie.note(), twin.note()}) {
    const auto text =
        to_json(*split_view_evidence(authority, bob, note, honest.note(), honest.hashes));
    REQUIRE(verify_evidence(*parse_evidence(text), context_of(authority), audit_checks(authority)));
    for (std::size_t bit = 0; bit < 8 * text.size(); ++bit) {
      std::string spoiled = text;
      spoiled[bit / 8] = static_cast<char>(spoiled[bit / 8] ^ (1 << (bit % 8)));
      const auto evidence = parse_evidence(spoiled);
      if (!evidence) continue;
      INFO(bit << ": " << spoiled);
      CHECK_FALSE(verify_evidence(*evidence, context_of(authority), audit_checks(authority)));
    }
  }
}

TEST_CASE("evidence of a split view with anything more or less does not convict") {
  const auto authority = two_parties();
  const Forked honest(11, std::nullopt), lie(8, 2);
  const auto good = *split_view_evidence(authority, bob, lie.note(), honest.note(), honest.hashes);
  const auto convicts = [&](const Evidence& evidence) {
    return verify_evidence(evidence, context_of(authority), audit_checks(authority)).has_value();
  };
  REQUIRE(convicts(good));
  auto bad = good;
  bad.inputs.erase("path");
  CHECK_FALSE(convicts(bad));
  bad = good;
  bad.inputs.erase("older");
  CHECK_FALSE(convicts(bad));
  bad = good;
  bad.inputs["more"] = {};
  CHECK_FALSE(convicts(bad));
  bad = good;
  std::swap(bad.inputs["older"], bad.inputs["newer"]);
  CHECK_FALSE(convicts(bad));
  bad = good;
  bad.inputs["path"].resize(32 * 80);
  CHECK_FALSE(convicts(bad));
  bad = good;
  bad.inputs["path"].clear();
  CHECK_FALSE(convicts(bad));
  bad = good;
  bad.session = Digest{1};
  CHECK_FALSE(convicts(bad));
  bad = good;
  bad.culprit = Identifier(1);
  CHECK_FALSE(convicts(bad));
  bad = good;
  bad.inputs["newer"] = bad.inputs["older"];
  bad.inputs.erase("path");
  CHECK_FALSE(convicts(bad));
  bad = good;
  auto note = *log::Note::parse(honest.note());
  note.signatures.push_back(log::cosign_note(note.text, "alice", test_key(1), Time{}));
  bad.inputs["newer"] = to_bytes(as_bytes(note.encode()));
  CHECK_FALSE(convicts(bad));  // a foreign line could be altered without anyone noticing
  CHECK(split_view_evidence(authority, bob, lie.note(), note.encode(), honest.hashes));
}

TEST_CASE("notes of other logs make no case") {
  const auto authority = two_parties();
  const Forked honest(11, std::nullopt);
  const auto forged = log::sign_checkpoint({origin, 11, Digest{1}}, test_key(11));
  const auto foreign = log::sign_checkpoint({"other", 11, Digest{1}}, test_key(12));
  for (const std::string& note : {forged, foreign, std::string("junk")}) {
    CHECK_FALSE(split_view_evidence(authority, bob, note, honest.note(), honest.hashes));
    CHECK_FALSE(split_view_evidence(authority, bob, honest.note(), note, honest.hashes));
  }
  CHECK_FALSE(
      split_view_evidence(authority, Identifier(9), honest.note(), honest.note(), honest.hashes));
}

}  // namespace
}  // namespace jointca::audit
