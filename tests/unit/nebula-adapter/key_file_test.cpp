// tests/unit/nebula-adapter/key_file_test.cpp — the banners of keys.
#include "nebula-adapter/key_file.h"

#include <catch2/catch.hpp>

#include "nebula-adapter/pem.h"

namespace jointca::nebula {
namespace {

struct Row {
  KeyUse use;
  Curve curve;
  std::string words;
  std::size_t public_size;
  std::size_t private_size;
};

const std::vector<Row> rows{{KeyUse::host, Curve::curve25519, "X25519", 32, 32},
                            {KeyUse::host, Curve::p256, "P256", 65, 32},
                            {KeyUse::ca, Curve::curve25519, "ED25519", 32, 64},
                            {KeyUse::ca, Curve::p256, "ECDSA P256", 65, 32}};

TEST_CASE("every kind of key has Nebula's banner and is read back") {
  for (const Row& row : rows) {
    INFO(row.words);
    const Bytes public_key(row.public_size, 4), private_key(row.private_size, 5);
    const std::string public_text = encode_public_key(row.use, row.curve, public_key);
    const SecretBytes private_text = encode_private_key(row.use, row.curve, private_key);
    CHECK(public_text == encode_pem("NEBULA " + row.words + " PUBLIC KEY", public_key));
    CHECK(to_text(private_text.expose()) ==
          encode_pem("NEBULA " + row.words + " PRIVATE KEY", private_key));
    const auto read_public = parse_public_key(row.use, public_text);
    REQUIRE(read_public);
    CHECK(read_public->curve == row.curve);
    CHECK(read_public->bytes == public_key);
    const auto read_private = parse_private_key(row.use, to_text(private_text.expose()));
    REQUIRE(read_private);
    CHECK(read_private->curve == row.curve);
    CHECK(equal(read_private->bytes.expose(), private_key));
  }
}

TEST_CASE("a key is not taken for one of another use, nor for one of another kind") {
  for (const Row& row : rows) {
    const KeyUse other = row.use == KeyUse::host ? KeyUse::ca : KeyUse::host;
    const std::string public_text = encode_public_key(row.use, row.curve, Bytes(row.public_size));
    const std::string private_text =
        to_text(encode_private_key(row.use, row.curve, Bytes(row.private_size)).expose());
    CHECK_FALSE(parse_public_key(other, public_text));
    CHECK_FALSE(parse_private_key(other, private_text));
    CHECK_FALSE(parse_public_key(row.use, private_text));
    CHECK_FALSE(parse_private_key(row.use, public_text));
  }
}

TEST_CASE("a key of another length is refused") {
  for (const Row& row : rows) {
    const std::string words = "NEBULA " + row.words;
    for (const int more : {-1, 1}) {
      const auto size = [&](std::size_t right) {
        return static_cast<std::size_t>(static_cast<int>(right) + more);
      };
      CHECK_FALSE(parse_public_key(
          row.use, encode_pem(words + " PUBLIC KEY", Bytes(size(row.public_size)))));
      CHECK_FALSE(parse_private_key(
          row.use, encode_pem(words + " PRIVATE KEY", Bytes(size(row.private_size)))));
    }
  }
}

TEST_CASE("an encrypted CA key is named as such") {
  for (const std::string words : {"ED25519", "ECDSA P256"})
    CHECK(parse_private_key(KeyUse::ca,
                            encode_pem("NEBULA " + words + " ENCRYPTED PRIVATE KEY", Bytes(9)))
              .error()
              .reason == "the key is encrypted: decrypt it first");
}

TEST_CASE("a file without a block, or above 1 MiB, is refused") {
  CHECK_FALSE(parse_public_key(KeyUse::host, ""));
  CHECK_FALSE(parse_private_key(KeyUse::host, std::string(pem_file_bytes_max + 1, ' ')));
}

}  // namespace
}  // namespace jointca::nebula
