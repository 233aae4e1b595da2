// tests/unit/nebula-adapter/protobuf_test.cpp — the wire format's edges.
#include "nebula-adapter/protobuf.h"

#include <catch2/catch.hpp>

namespace jointca::nebula {
namespace {

bool reads(BytesView bytes) {
  for (WireReader in(bytes); !in.empty();)
    if (!in.field()) return false;
  return true;
}
bool reads(std::string_view hex) { return reads(*from_hex(hex)); }

Bytes nested_groups(std::size_t depth) {
  Bytes out(depth, 0x0b);
  out.resize(2 * depth, 0x0c);
  return out;
}

TEST_CASE("a varint has at most 64 bits in ten bytes") {
  const auto value = [](std::string_view hex) { return WireReader(*from_hex(hex)).varint(); };
  CHECK(value("00") == 0);
  CHECK(value("8000") == 0);  // not the fewest bytes, and yet valid
  CHECK(value("ac02") == 300);
  CHECK(value("ffffffffffffffffff01") == ~std::uint64_t{0});
  CHECK_FALSE(value("ffffffffffffffffff02"));
  CHECK_FALSE(value("ffffffffffffffffff8100"));
  CHECK_FALSE(value("80"));
  CHECK_FALSE(value(""));
}

TEST_CASE("field numbers are between 1 and 2^29 - 1") {
  CHECK(reads("0800"));
  CHECK(reads("f8ffffff0f00"));
  CHECK_FALSE(reads("0000"));
  CHECK_FALSE(reads("808080801000"));
}

TEST_CASE("fields must be complete and of a known wire type") {
  CHECK(reads("0a0161"));
  CHECK_FALSE(reads("0a0261"));
  CHECK_FALSE(reads("0affffffffffffffffff0161"));
  CHECK(reads("090102030405060708"));
  CHECK_FALSE(reads("0901020304050607"));
  CHECK(reads("0d01020304"));
  CHECK_FALSE(reads("0d010203"));
  CHECK_FALSE(reads("0c"));  // the end of a group that was not opened
  CHECK_FALSE(reads("0e00"));
  CHECK_FALSE(reads("0f00"));
}

TEST_CASE("groups are skipped when they are closed by their own number") {
  CHECK(reads("0b0c"));
  CHECK(reads("0b08010a01610d010203040901020304050607080c"));
  CHECK_FALSE(reads("0b"));
  CHECK_FALSE(reads("0b14"));
  CHECK_FALSE(reads("0b00000c"));
  CHECK_FALSE(reads("0b0e0c"));
  CHECK_FALSE(reads("0b0a05610c"));
  CHECK_FALSE(reads("0b0d0102"));
  CHECK_FALSE(reads("0b09010203"));
  CHECK_FALSE(reads("0b0880"));
}

TEST_CASE("groups are nested at most 10001 deep") {
  CHECK(reads(nested_groups(10001)));
  CHECK_FALSE(reads(nested_groups(10002)));
}

TEST_CASE("field numbers inside groups have 31 bits") {
  CHECK(reads("0bf8ffffff3f000c"));
  CHECK_FALSE(reads("0b8080808040000c"));
}

TEST_CASE("zero and empty fields are left out, elements are not") {
  CHECK(std::move(WireWriter().varint_field(5, 0).bytes_field(7, {})).take().empty());
  CHECK(to_hex(std::move(WireWriter().element(4, {})).take()) == "2200");
  CHECK(to_hex(std::move(WireWriter().varint_field(100, 1)).take()) == "a00601");
  CHECK(to_hex(std::move(WireWriter().varint_field(5, ~std::uint64_t{0})).take()) ==
        "28ffffffffffffffffff01");
}

TEST_CASE("UTF-8 excludes surrogates, overlong forms and numbers above U+10FFFF") {
  for (const std::string_view good : {"", "61", "00", "c280", "dfbf", "e0a080", "ed9fbf", "ee8080",
                                      "efbfbf", "f0908080", "f48fbfbf"}) {
    INFO(good);
    CHECK(is_utf8(*from_hex(good)));
  }
  for (const std::string_view bad :
       {"80", "c0af", "c1bf", "c2", "c261", "e09fbf", "eda080", "edbfbf", "e0a0", "e18080e1",
        "f08fbfbf", "f4908080", "f5808080", "f09080", "ff"}) {
    INFO(bad);
    CHECK_FALSE(is_utf8(*from_hex(bad)));
  }
}

}  // namespace
}  // namespace jointca::nebula
