// tests/unit/crypto/verify_batch_test.cpp — a batch says what verify() says of each.
#include "crypto/verify_batch.h"

#include <algorithm>

#include <catch2/catch.hpp>

#include "crypto/edwards_vartime.h"
#include "tests/support/seeded_rng.h"

namespace jointca {
namespace {

struct SignedMessage {
  BytesView message;
  SignatureBytes signature;
};

struct Batch {
  explicit Batch(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
      texts.push_back(to_bytes("message " + std::to_string(i)));
    for (const Bytes& text : texts) messages.push_back({text, key.sign(text)});
  }
  [[nodiscard]] std::vector<bool> verdicts(const PublicKey& under) const {
    std::vector<Claim> claims;
    for (const auto& [text, signature] : messages)
      claims.push_back(make_claim(under, text, signature));
    return verify_batch(under, claims);
  }
  [[nodiscard]] bool holds() const {
    const auto all = verdicts(key.public_key());
    return std::find(all.begin(), all.end(), false) == all.end();
  }

  test::SeededRng rng{1};
  SigningKey key = SigningKey::generate(rng);
  std::vector<Bytes> texts;
  std::vector<SignedMessage> messages;
};

TEST_CASE("a batch of valid signatures holds, of any size") {
  for (const std::size_t count : {0U, 1U, 2U, 17U, 130U, 1000U}) CHECK(Batch(count).holds());
}

TEST_CASE("one wrong signature among many fails the batch") {
  for (const std::size_t wrong : {0U, 7U, 19U}) {
    for (const std::size_t byte : {0U, 31U, 32U, 63U}) {
      Batch batch(20);
      batch.messages[wrong].signature.at(byte) ^= 1;
      CHECK_FALSE(
          verify(batch.key.public_key(), batch.texts[wrong], batch.messages[wrong].signature));
      CHECK_FALSE(batch.holds());
    }
  }
}

TEST_CASE("signatures that are swapped or for another key or text fail the batch") {
  Batch swapped(3);
  std::swap(swapped.messages[0].signature, swapped.messages[2].signature);
  CHECK_FALSE(swapped.holds());
  Batch other_text(3);
  other_text.texts[1][0] ^= 1;
  CHECK_FALSE(other_text.holds());
  Batch other_key(3);
  other_key.key = SigningKey::generate(other_key.rng);
  CHECK_FALSE(other_key.holds());
}

TEST_CASE("an S that is not reduced fails the batch") {
  Batch batch(2);
  SignatureBytes& signature = batch.messages[0].signature;
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    carry += signature.at(32 + i) + 0U + edwards::group_order.at(i);
    signature.at(32 + i) = static_cast<std::uint8_t>(carry);
    carry >>= 8U;
  }
  CHECK_FALSE(verify(batch.key.public_key(), batch.texts[0], signature));
  CHECK_FALSE(batch.holds());
}

TEST_CASE("two errors that cancel in an unweighted sum fail the batch") {
  Batch batch(2);
  const auto shift = [&](std::size_t which, int by) {
    batch.messages[which].signature[32] =
        static_cast<std::uint8_t>(batch.messages[which].signature[32] + by);
  };
  REQUIRE(batch.messages[0].signature[32] < 255);
  REQUIRE(batch.messages[1].signature[32] > 0);
  shift(0, 1);
  shift(1, -1);
  CHECK_FALSE(batch.holds());
}

TEST_CASE("a key that is no point fails the batch") {
  Batch batch(1);
  PublicKey no_point;
  no_point.bytes.fill(0xff);
  CHECK_FALSE(batch.verdicts(no_point).front());
}

TEST_CASE("claims are judged one by one, however they are mixed") {
  const int count = GENERATE(70, 300);
  test::SeededRng rng{2};
  const SigningKey key = SigningKey::generate(rng), other = SigningKey::generate(rng);
  std::vector<Claim> claims;
  std::vector<bool> expected;
  for (int i = 0; i < count; ++i) {
    const auto message = to_bytes(as_bytes(std::to_string(i)));
    auto signature = key.sign(message);
    expected.push_back(i % 13 != 5);
    if (i % 13 == 5) {
      if (i % 2 == 0)
        signature = other.sign(message);
      else
        signature[50] ^= 1;
    }
    claims.push_back(make_claim(key.public_key(), message, signature));
  }
  CHECK(verify_batch(key.public_key(), claims) == expected);
  CHECK(verify_batch(key.public_key(), {}).empty());
  // Two wrongs that cancel each other out in a plain sum.
  std::vector<Claim> pair(claims.begin(), claims.begin() + 2);
  ++pair[0].signature[32];
  --pair[1].signature[32];
  CHECK(verify_batch(key.public_key(), pair) == std::vector<bool>{false, false});
}

}  // namespace
}  // namespace jointca
