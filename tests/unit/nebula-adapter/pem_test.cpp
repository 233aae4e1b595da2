// tests/unit/nebula-adapter/pem_test.cpp — blocks, and the text around and within them.
#include "nebula-adapter/pem.h"

#include <catch2/catch.hpp>

namespace jointca::nebula {
namespace {

const std::string block = "-----BEGIN A B-----\nAQID\n-----END A B-----\n";

/// Content of the first block in hex, or "none".
std::string first(std::string_view text) {
  const auto step = next_pem_block(text);
  return step ? to_hex(step->block.bytes) : "none";
}

TEST_CASE("a block is encoded in lines of 64 columns and read back") {
  for (const std::size_t size : {0U, 1U, 47U, 48U, 49U, 96U, 1000U}) {
    const Bytes bytes(size, 0xab);
    const std::string text = encode_pem("X", bytes);
    const auto step = next_pem_block(text);
    REQUIRE(step);
    CHECK(step->block.bytes == bytes);
    CHECK(step->block.banner == "X");
    CHECK(step->rest.empty());
  }
  CHECK(encode_pem("A B", Bytes{1, 2, 3}) == block);
  CHECK(encode_pem("A", Bytes(49)).find(std::string(64, 'A') + "\nAA==\n") != std::string::npos);
}

TEST_CASE("text before a block is skipped, text after it is left") {
  const std::string text = "# a comment\n" + block + "after\n";
  const auto step = next_pem_block(text);
  REQUIRE(step);
  CHECK(step->rest == "after\n");
  CHECK(first("x" + block) == "none");
}

TEST_CASE("several blocks are found in order") {
  const std::string text = block + encode_pem("C", Bytes{9});
  CHECK(first(next_pem_block(text)->rest) == "09");
}

TEST_CASE("line ends, blanks and line lengths do not matter") {
  CHECK(first("-----BEGIN A-----\r\nAQ\r\nID\r\n-----END A-----\r\n") == "010203");
  CHECK(first("-----BEGIN A-----  \n A Q\tID\n-----END A-----  \n") == "010203");
  CHECK(first("-----BEGIN A-----\nAQID\n-----END A-----") == "010203");
  CHECK(first("-----BEGIN A-----\n-----END A-----\n").empty());
}

TEST_CASE("headers are skipped") {
  CHECK(first("-----BEGIN A-----\nk: v\nl: w\n\nAQID\n-----END A-----\n") == "010203");
  CHECK(first("-----BEGIN A-----\nk: v\n-----END A-----\n") == "none");
}

TEST_CASE("broken blocks are passed over for the next whole one") {
  for (const std::string_view broken :
       {"-----BEGIN A-----\nAQI\n-----END A-----\n", "-----BEGIN A-----\nA===\n-----END A-----\n",
        "-----BEGIN A-----\nAQ=D\n-----END A-----\n", "-----BEGIN A-----\nAQ?D\n-----END A-----\n",
        "-----BEGIN A-----\nAQID\n-----END B-----\n", "-----BEGIN A---\nAQID\n-----END A---\n",
        "-----BEGIN A-----\nAQID\n-----END A----- x\n", "-----BEGIN A-----\n",
        "-----END A-----\n"}) {
    INFO(broken);
    CHECK(first(broken) == "none");
    CHECK(first(std::string(broken) + block) == "010203");
  }
  CHECK(first("-----BEGIN A-----\nAQID\n-----END A") == "none");
  CHECK(first("") == "none");
}

TEST_CASE("unused bits of the last digit are ignored, as in Go") {
  CHECK(first("-----BEGIN A-----\nAR==\n-----END A-----\n") == "01");
}

TEST_CASE("a certificate file is read to its end, or refused") {
  CHECK_FALSE(parse_certificates(""));
  CHECK_FALSE(parse_certificates("nothing here"));
  CHECK(parse_certificates(block).error().text() ==
        "block 1: not a Nebula certificate, but \"A B\"");
  CHECK_FALSE(parse_certificates(encode_pem(banner_v1, Bytes{1})));
  CHECK_FALSE(parse_certificates(encode_pem(banner_v2, Bytes{1})));
  CHECK(parse_certificates(std::string(pem_file_bytes_max + 1, 'x')).error().reason ==
        "the file is above 1 MiB");
}

}  // namespace
}  // namespace jointca::nebula
