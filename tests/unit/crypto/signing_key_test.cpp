// tests/unit/crypto/signing_key_test.cpp — Ed25519 as RFC 8032 has it, and nothing more lenient.
#include "crypto/signing_key.h"

#include <catch2/catch.hpp>

#include "tests/support/seeded_rng.h"

using namespace jointca;

namespace {

template <std::size_t size>
std::array<std::uint8_t, size> hex(std::string_view text) {
  return *to_array<size>(*from_hex(text));
}

SigningKey key_of(std::string_view seed) {
  return SigningKey(Secret<32>::make([&](auto out) {
    const auto bytes = hex<32>(seed);
    std::copy(bytes.begin(), bytes.end(), out.begin());
  }));
}

/// S + L: the other number that the same equation accepts, RFC 8032 §8.4.
SignatureBytes with_larger_s(SignatureBytes signature) {
  const auto order = hex<32>("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    carry += unsigned{signature[32 + i]} + order[i];
    signature[32 + i] = static_cast<std::uint8_t>(carry);
    carry >>= 8;
  }
  return signature;
}

}  // namespace

TEST_CASE("signatures equal those of RFC 8032, section 7.1") {
  struct Vector {
    const char *seed, *key, *message, *signature;
  };
  const Vector vectors[] = {
      {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
       "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
       "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf"
       "9b46bd25bf5f0595bbe24655141438e7a100b"},
      {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
       "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
       "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f"
       "11d8c387b2eaeb4302aeeb00d291612bb0c00"},
      {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
       "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
       "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984"
       "dc6594a7c15e9716ed28dc027beceea1ec40a"}};
  for (const Vector& vector : vectors) {
    CAPTURE(vector.seed);
    const SigningKey key = key_of(vector.seed);
    const Bytes message = *from_hex(vector.message);
    CHECK(to_hex(key.public_key().bytes) == vector.key);
    CHECK(to_hex(key.sign(message)) == vector.signature);
    CHECK(verify(key.public_key(), message, hex<64>(vector.signature)));
  }
}

TEST_CASE("a change of any byte of message, signature or key is refused") {
  test::SeededRng rng(1);
  const SigningKey key = SigningKey::generate(rng);
  const Bytes message = to_bytes("jointca/test/v1 hello");
  const SignatureBytes signature = key.sign(message);
  REQUIRE(verify(key.public_key(), message, signature));
  for (std::size_t i = 0; i < message.size(); ++i) {
    Bytes changed = message;
    changed[i] ^= 1;
    CHECK_FALSE(verify(key.public_key(), changed, signature));
  }
  for (std::size_t i = 0; i < signature.size(); ++i) {
    SignatureBytes changed = signature;
    changed[i] ^= 1;
    CHECK_FALSE(verify(key.public_key(), message, changed));
  }
  for (std::size_t i = 0; i < 32; ++i) {
    PublicKey changed = key.public_key();
    changed.bytes[i] ^= 1;
    CHECK_FALSE(verify(changed, message, signature));
  }
  CHECK_FALSE(verify(key.public_key(), {}, signature));
}

TEST_CASE("a signature has one form: S above the order of the group is refused") {
  const SigningKey key = key_of("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
  const SignatureBytes signature = key.sign({});
  const SignatureBytes larger = with_larger_s(signature);
  REQUIRE(larger != signature);
  CHECK(verify(key.public_key(), {}, signature));
  CHECK_FALSE(verify(key.public_key(), {}, larger));
}

TEST_CASE("a key derived for a use differs from the key and from other uses, and repeats") {
  const SigningKey key = key_of("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
  const PublicKey one = key.derive("jointca/test/one").public_key();
  CHECK(one == key.derive("jointca/test/one").public_key());
  CHECK(one != key.derive("jointca/test/two").public_key());
  CHECK(one != key.public_key());
}
