// tests/unit/nebula-adapter/der_test.cpp — lengths and integers of the DER subset.
#include "nebula-adapter/der.h"

#include <catch2/catch.hpp>

namespace jointca::nebula {
namespace {

std::optional<std::string> content(std::string_view hex, std::uint8_t tag) {
  const Bytes bytes = *from_hex(hex);
  const auto out = DerReader(bytes).read(tag);
  return out ? std::optional(to_hex(*out)) : std::nullopt;
}

std::optional<std::int64_t> integer(std::string_view hex) {
  return DerReader(*from_hex(hex)).integer(0x85);
}

TEST_CASE("an element needs its tag and all of its bytes") {
  CHECK(content("0401ab", 0x04) == "ab");
  CHECK(content("0400", 0x04) == "");
  CHECK_FALSE(content("0401ab", 0x0c));
  CHECK_FALSE(content("0402ab", 0x04));
  CHECK_FALSE(content("04", 0x04));
  CHECK_FALSE(content("", 0x04));
}

TEST_CASE("lengths are in the fewest bytes, at most four") {
  const std::string long_content(256, 'a');
  CHECK(content("048180" + long_content, 0x04) == long_content);
  CHECK_FALSE(content("04817f" + long_content, 0x04));
  CHECK_FALSE(content("04820080" + long_content, 0x04));
  CHECK_FALSE(content("0480" + long_content, 0x04));
  CHECK_FALSE(content("0485" + long_content, 0x04));
  CHECK_FALSE(content("0484ffffffff", 0x04));
  CHECK_FALSE(content("0481", 0x04));
}

TEST_CASE("tags of several bytes are refused") { CHECK_FALSE(content("1f0100", 0x1f)); }

TEST_CASE("a read that fails leaves the reader as it was") {
  const Bytes bytes = *from_hex("85020001");
  DerReader in(bytes);
  CHECK_FALSE(in.read(0x04));
  CHECK_FALSE(in.integer(0x85));
  CHECK(in.element(0x85)->size() == 4);
  CHECK(in.empty());
}

TEST_CASE("integers are minimal two's complement of at most eight bytes") {
  CHECK(integer("850100") == 0);
  CHECK(integer("85017f") == 127);
  CHECK(integer("85020080") == 128);
  CHECK(integer("8501ff") == -1);
  CHECK(integer("850180") == -128);
  CHECK(integer("8502ff7f") == -129);
  CHECK(integer("85087fffffffffffffff") == std::numeric_limits<std::int64_t>::max());
  CHECK(integer("85088000000000000000") == std::numeric_limits<std::int64_t>::min());
  CHECK_FALSE(integer("8500"));
  CHECK_FALSE(integer("8502007f"));
  CHECK_FALSE(integer("8502ffff"));
  CHECK_FALSE(integer("8509008000000000000000"));
}

TEST_CASE("what is written is read back") {
  for (const std::int64_t value :
       {std::int64_t{0}, std::int64_t{127}, std::int64_t{128}, std::int64_t{-128},
        std::int64_t{-129}, std::int64_t{0x7fffffff}, std::int64_t{0x80000000},
        std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()}) {
    const Bytes bytes = std::move(DerWriter().integer(0x85, value)).take();
    CHECK(DerReader(bytes).integer(0x85) == value);
  }
  for (const std::size_t size : {0U, 1U, 127U, 128U, 255U, 256U, 65535U, 65536U}) {
    const Bytes bytes = std::move(DerWriter().element(0x04, Bytes(size, 7))).take();
    CHECK(DerReader(bytes).read(0x04)->size() == size);
  }
}

}  // namespace
}  // namespace jointca::nebula
