// tests/unit/base/bytes_test.cpp — one text per byte string, in each of the three alphabets.
#include "base/bytes.h"

#include <catch2/catch.hpp>

using namespace jointca;

TEST_CASE("hexadecimal is lower case, whole and nothing else") {
  CHECK(to_hex(Bytes{0x00, 0xff, 0x1a}) == "00ff1a");
  CHECK(*from_hex("00ff1a") == Bytes{0x00, 0xff, 0x1a});
  CHECK(from_hex("")->empty());
  for (const char* wrong : {"0", "00f", "FF", "0g", " 00", "00 ", "0x00", "00\n", "-1"}) {
    CAPTURE(wrong);
    CHECK_FALSE(from_hex(wrong));
  }
}

TEST_CASE("base64 follows the vectors of RFC 4648, section 10") {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, coded] : vectors) {
    CAPTURE(plain);
    CHECK(to_base64(as_bytes(plain)) == coded);
    CHECK(to_text(*from_base64(coded)) == plain);
  }
}

TEST_CASE("base64 of another form of the same bytes is refused") {
  // Missing, wrong or surplus padding; white space; trailing bits; the other alphabet.
  for (const char* wrong : {"Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm9v\n", " Zm9v",
                            "Zm9v====", "Z===", "=", "____", "Zg==Zg==", "Zm 9"}) {
    CAPTURE(wrong);
    CHECK_FALSE(from_base64(wrong));
  }
}

TEST_CASE("base64url has no padding, and its own two characters") {
  const Bytes bytes{0xfb, 0xff, 0xfe};
  CHECK(to_base64(bytes) == "+//+");
  CHECK(to_base64url(bytes) == "-__-");
  CHECK(*from_base64url("-__-") == bytes);
  CHECK(to_base64url(as_bytes("f")) == "Zg");
  CHECK(to_text(*from_base64url("Zg")) == "f");
  for (const char* wrong : {"Zg==", "+//+", "Zh", "Z", "Zm9v ", "Zm\n9v"}) {
    CAPTURE(wrong);
    CHECK_FALSE(from_base64url(wrong));
  }
}

TEST_CASE("every byte string reads back from every alphabet") {
  Bytes bytes;
  for (unsigned size = 0; size < 70; ++size) {
    CHECK(*from_hex(to_hex(bytes)) == bytes);
    CHECK(*from_base64(to_base64(bytes)) == bytes);
    CHECK(*from_base64url(to_base64url(bytes)) == bytes);
    bytes.push_back(static_cast<std::uint8_t>(size * 37 + 11));
  }
}

TEST_CASE("an array takes exactly its size") {
  CHECK(to_array<2>(Bytes{1, 2}) == std::array<std::uint8_t, 2>{1, 2});
  CHECK_FALSE(to_array<2>(Bytes{1}));
  CHECK_FALSE(to_array<2>(Bytes{1, 2, 3}));
}
