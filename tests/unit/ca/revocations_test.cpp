// tests/unit/ca/revocations_test.cpp — a list reads back, has one text, and holds for its time.
#include "ca/revocations.h"

#include <catch2/catch.hpp>

#include "tests/support/seeded_rng.h"

using namespace jointca;
using namespace jointca::ca;

namespace {

constexpr Time now = time_from_unix(1'800'000'000);

Revocations list() {
  return {Digest{9},
          12,
          now,
          now + revocations_validity,
          {{Digest{1}, Digest{2}, "nebula-v1", now + Duration{60}},
           {Digest{3}, Digest{4}, "nebula-v2", now}}};
}

}  // namespace

TEST_CASE("a list of revocations reads back, and so does its signed form") {
  const auto parsed = parse_revocations(to_json(list()));
  REQUIRE(parsed);
  CHECK(*parsed == list());
  const SignedRevocations document{to_json(list()), SignatureBytes{5}};
  CHECK(*parse_signed_revocations(to_json(document)) == document);
  Revocations empty = list();
  empty.revoked.clear();
  CHECK(*parse_revocations(to_json(empty)) == empty);
}

TEST_CASE("no part of a list of revocations is one, and no other text of it") {
  const std::string text = to_json(list());
  for (std::size_t size = 0; size < text.size(); ++size)
    CHECK_FALSE(parse_revocations(text.substr(0, size)));
  for (const std::string& other : {" " + text, text + "\n", text + "{}"})
    CHECK_FALSE(parse_revocations(other));
  for (std::size_t at = 0; at < text.size(); ++at)
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = text;
      changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
      const auto parsed = parse_revocations(changed);
      if (parsed) CHECK(to_json(*parsed) == changed);
    }
}

TEST_CASE("a list of revocations outside its limits is refused") {
  Revocations wrong = list();
  SECTION("fingerprints that do not ascend") { std::swap(wrong.revoked[0], wrong.revoked[1]); }
  SECTION("a fingerprint twice") { wrong.revoked[1].fingerprint = wrong.revoked[0].fingerprint; }
  SECTION("number 0") { wrong.number = 0; }
  SECTION("a number above what JSON readers have") { wrong.number = revocations_number_max + 1; }
  SECTION("an end that is not after its beginning") { wrong.next_update = wrong.this_update; }
  SECTION("no kind") { wrong.revoked[0].kind.clear(); }
  SECTION("a kind of two lines") { wrong.revoked[0].kind = "a\nb"; }
  SECTION("a long kind") { wrong.revoked[0].kind = std::string(33, 'k'); }
  SECTION("too many") {
    wrong.revoked.assign(revocations_max + 1, wrong.revoked[0]);
    for (std::size_t i = 0; i < wrong.revoked.size(); ++i)
      wrong.revoked[i].fingerprint =
          Digest{static_cast<std::uint8_t>(i / 256), static_cast<std::uint8_t>(i % 256)};
  }
  CHECK_FALSE(parse_revocations(to_json(wrong)));
}

TEST_CASE("the longest list of revocations reads back, signed too") {
  Revocations longest = list();
  longest.revoked.assign(revocations_max, longest.revoked[0]);
  for (std::size_t i = 0; i < longest.revoked.size(); ++i)
    longest.revoked[i].fingerprint =
        Digest{static_cast<std::uint8_t>(i / 256), static_cast<std::uint8_t>(i % 256)};
  const auto parsed = parse_revocations(to_json(longest));
  INFO((parsed ? "" : parsed.error().text()));
  REQUIRE(parsed);
  CHECK(*parsed == longest);
  const SignedRevocations document{to_json(longest), SignatureBytes{5}};
  const auto read = parse_signed_revocations(to_json(document));
  INFO((read ? "" : read.error().text()));
  REQUIRE(read);
  CHECK(*read == document);
}

TEST_CASE("a list of revocations opens under its key and for its authority only") {
  jointca::test::SeededRng rng(1);
  const SigningKey key = SigningKey::generate(rng), other = SigningKey::generate(rng);
  const std::string text = to_json(list());
  const SignedRevocations document{text, key.sign(revocations_message(text))};
  REQUIRE(open_revocations(document, Digest{9}, key.public_key()));
  CHECK_FALSE(open_revocations(document, Digest{8}, key.public_key()));
  CHECK_FALSE(open_revocations(document, Digest{9}, other.public_key()));
  CHECK_FALSE(
      open_revocations({text, other.sign(revocations_message(text))}, Digest{9}, key.public_key()));
  CHECK_FALSE(open_revocations({text, key.sign(as_bytes(text))}, Digest{9}, key.public_key()));
}

TEST_CASE("a list of revocations is fresh from its update, by any clock, to the next") {
  const Revocations one = list();
  CHECK(is_fresh(one, now));
  CHECK(is_fresh(one, now - Duration{300}));
  CHECK_FALSE(is_fresh(one, now - Duration{301}));
  CHECK(is_fresh(one, one.next_update - Duration{1}));
  CHECK_FALSE(is_fresh(one, one.next_update));
}
