// tests/unit/crypto/wycheproof_test.cpp — ECDSA over P-256 and its points against Wycheproof's
// vectors (G4, G5, G7).
#include <catch2/catch.hpp>

#include "crypto/p256_group.h"
#include "tests/support/vectors.h"

namespace jointca::test {
namespace {

TEST_CASE("ECDSA over P-256 with SHA-256 accepts what Wycheproof calls valid, and nothing else") {
  std::size_t count = 0;
  for (const auto& group : vector_file("wycheproof/ecdsa_secp256r1_sha256.json")) {
    const auto key = P256PublicKey::parse(hex_field(group, "key"));
    REQUIRE(key);
    for (const auto& test : group.at("tests")) {
      INFO("tcId " << test.at("tcId"));
      const Bytes signature = hex_field(test, "sig");
      const bool valid = test.at("result") == "valid";
      CHECK(verify_p256(*key, hex_field(test, "msg"), signature) == valid);
      if (valid) {
        const auto low = with_low_s(signature);
        REQUIRE(low);
        CHECK(verify_p256(*key, hex_field(test, "msg"), *low));
      }
      ++count;
    }
  }
  CHECK(count == 484);
}

TEST_CASE("points of P-256 are read in one form each, and only if they are on the curve") {
  std::size_t count = 0;
  for (const auto& test : vector_file("wycheproof/ecdh_secp256r1_ecpoint.json")) {
    INFO("tcId " << test.at("tcId"));
    const Bytes bytes = hex_field(test, "public");
    const bool good = test.at("result") != "invalid";
    const auto key = P256PublicKey::parse(bytes);
    const auto point = p256::Point::parse(bytes);
    CHECK(key.has_value() == (good && bytes.size() == 65));
    CHECK(point.has_value() == (good && bytes.size() == 33));
    if (key) {
      const auto compressed = p256::Point(*key).bytes();
      const auto again = p256::Point::parse(compressed);
      REQUIRE(again);
      CHECK(again->public_key() == key);
    }
    ++count;
  }
  CHECK(count == 85);
}

}  // namespace
}  // namespace jointca::test
