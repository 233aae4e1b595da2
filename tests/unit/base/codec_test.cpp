// tests/unit/base/codec_test.cpp — one encoding per value; a failed read names its place.
#include "base/codec.h"

#include <catch2/catch.hpp>

using namespace jointca;

TEST_CASE("integers are big-endian and read back") {
  const Bytes bytes = std::move(Writer()
                                    .integer(std::uint8_t{0x01})
                                    .integer(std::uint16_t{0x0203})
                                    .integer(std::uint32_t{0x04050607})
                                    .integer(std::uint64_t{0x08090a0b0c0d0e0f}))
                          .take();
  CHECK(to_hex(bytes) == "0102030405060708090a0b0c0d0e0f");
  Reader in(bytes);
  CHECK(*in.integer<std::uint8_t>() == 0x01);
  CHECK(*in.integer<std::uint16_t>() == 0x0203);
  CHECK(*in.integer<std::uint32_t>() == 0x04050607);
  CHECK(*in.integer<std::uint64_t>() == 0x08090a0b0c0d0e0f);
  CHECK(in.finish());
}

TEST_CASE("byte strings and texts read back, and keep their place in the stream") {
  const Bytes bytes =
      std::move(
          Writer().text16("héllo").prefixed32(Bytes{1, 2}).prefixed16(Bytes{}).bytes(Bytes{9, 8}))
          .take();
  Reader in(bytes);
  CHECK(*in.text16(6) == "héllo");
  CHECK(to_hex(*in.prefixed32(2)) == "0102");
  CHECK(in.prefixed16(0)->empty());
  CHECK(*in.array<2>() == std::array<std::uint8_t, 2>{9, 8});
  CHECK(in.finish());
}

TEST_CASE("every truncation of an encoding is refused") {
  const Bytes whole =
      std::move(Writer().integer(std::uint16_t{7}).text16("abc").prefixed32(Bytes{1, 2, 3, 4}))
          .take();
  const auto read = [](BytesView input) -> Parsed<Ok> {
    Reader in(input);
    JCA_TRY(in.integer<std::uint16_t>());
    JCA_TRY(in.text16(3));
    JCA_TRY(in.prefixed32(4));
    return in.finish();
  };
  CHECK(read(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    const auto result = read(BytesView(whole).first(size));
    REQUIRE_FALSE(result);
    CHECK(result.error().reason == "truncated");
  }
  Bytes longer = whole;
  longer.push_back(0);
  CHECK(read(longer).error().text() == "byte 15: trailing bytes");
}

TEST_CASE("a length above the caller's maximum is refused before the bytes are looked at") {
  const Bytes huge = *from_hex("ffffffff00");
  CHECK(Reader(huge).prefixed32(1024).error().reason == "too long");
  CHECK(Reader(huge).prefixed16(1024).error().reason == "too long");
  CHECK(Reader(huge).text16(65534).error().reason == "too long");
  CHECK(Reader(huge).prefixed32(0xffffffff).error().reason == "truncated");
}

TEST_CASE("integers out of range and unknown versions are refused after the byte that is wrong") {
  const Bytes bytes{3, 1};
  CHECK(*Reader(bytes).integer<std::uint8_t>(3, 3) == 3);
  CHECK(Reader(bytes).integer<std::uint8_t>(0, 2).error().reason == "out of range");
  CHECK(Reader(bytes).integer<std::uint8_t>(4, 9).error().reason == "out of range");
  CHECK(Reader(bytes).expect(2, "version").error().text() == "byte 1: unknown version");
  Reader in(bytes);
  CHECK(in.expect(3, "version"));
  CHECK(in.offset() == 1);
  CHECK(in.remaining() == 1);
}
