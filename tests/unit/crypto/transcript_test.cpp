// tests/unit/crypto/transcript_test.cpp — different fields never give the same input.
#include "crypto/transcript.h"

#include <functional>
#include <set>

#include <catch2/catch.hpp>

using namespace jointca;

namespace {

Digest digest(std::string_view label, const std::function<void(Transcript&)>& fill) {
  Transcript transcript(label);
  fill(transcript);
  return std::move(transcript).digest();
}

}  // namespace

TEST_CASE("the same fields give the same digest, the first half of the long one") {
  const auto fill = [](Transcript& t) { t.field("a").field(std::uint64_t{1}); };
  CHECK(digest("l", fill) == digest("l", fill));
  Transcript transcript("l");
  fill(transcript);
  const Digest64 whole = std::move(transcript).digest64();
  CHECK(equal(BytesView(whole).first(32), digest("l", fill)));
}

TEST_CASE("a transcript hashes eight bytes of length before each field") {
  const Digest64 expected =
      sha512({*from_hex("0000000000000001"), as_bytes("l"), *from_hex("0000000000000002"),
              as_bytes("ab"), *from_hex("0000000000000008"), *from_hex("0000000000000102")});
  CHECK(equal(BytesView(expected).first(32),
              digest("l", [](Transcript& t) { t.field("ab").field(std::uint64_t{0x0102}); })));
}

TEST_CASE("moving a border, a field or the label changes the digest") {
  const std::set<Digest> digests{
      digest("l", [](Transcript&) {}),
      digest("l", [](Transcript& t) { t.field(""); }),
      digest("l", [](Transcript& t) { t.field("").field(""); }),
      digest("l", [](Transcript& t) { t.field("ab"); }),
      digest("l", [](Transcript& t) { t.field("a").field("b"); }),
      digest("l", [](Transcript& t) { t.field("").field("ab"); }),
      digest("l", [](Transcript& t) { t.field("ab").field(""); }),
      digest("l", [](Transcript& t) { t.field("b").field("a"); }),
      digest("la", [](Transcript& t) { t.field("b"); }),
      digest("", [](Transcript& t) { t.field("l"); }),
      digest("l", [](Transcript& t) { t.field(std::uint64_t{0}); }),
      digest("l", [](Transcript& t) { t.field(std::uint64_t{1}); }),
      digest("l", [](Transcript& t) { t.field(*from_hex("00")); }),
  };
  CHECK(digests.size() == 13);
}
