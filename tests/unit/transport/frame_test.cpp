// tests/unit/transport/frame_test.cpp — the bounds of a frame header.
#include "transport/frame.h"

#include <catch2/catch.hpp>

namespace jointca::transport {

TEST_CASE("a frame header has one encoding") {
  CHECK(to_hex(encode(FrameHeader{5, 0x0102030405060708})) == "0000000d0102030405060708");
  for (const std::uint32_t size :
       {std::uint32_t{0}, std::uint32_t{1}, std::uint32_t{payload_bytes_max}}) {
    const FrameHeader header{size, 42};
    CHECK(*parse_frame_header(encode(header)) == header);
  }
}

TEST_CASE("a frame header outside the bounds is refused") {
  const auto* const hex = GENERATE("", "0000000d01020304050607", "0000000d010203040506070809",
                                   "000000070102030405060708", "000000000102030405060708",
                                   "004000010102030405060708", "ffffffff0102030405060708");
  CHECK_FALSE(parse_frame_header(*from_hex(hex)));
}

}  // namespace jointca::transport
