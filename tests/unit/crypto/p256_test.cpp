// tests/unit/crypto/p256_test.cpp — P-256 keys and the form of ECDSA signatures.
#include "crypto/p256.h"

#include <catch2/catch.hpp>

#include "crypto/rng.h"

namespace jointca {
namespace {

Bytes bytes(std::string_view hex) { return *from_hex(hex); }

// RFC 6979 §A.2.5, P-256 with SHA-256, message "sample".
const std::string key_x = "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6";
const std::string key_y = "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
const std::string sample_r = "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716";
const std::string sample_s = "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";
const std::string order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

P256PublicKey sample_key() { return *P256PublicKey::parse(bytes("04" + key_x + key_y)); }
Bytes sample_signature() { return *p256_signature_der(bytes(sample_r + sample_s)); }

Secret<32> secret(std::string_view hex) {
  return Secret<32>::make([&](auto out) {
    const Bytes value = bytes(hex);
    std::copy(value.begin(), value.end(), out.begin());
  });
}

TEST_CASE("the ECDSA example of RFC 6979 verifies") {
  CHECK(verify_p256(sample_key(), as_bytes("sample"), sample_signature()));
  CHECK_FALSE(verify_p256(sample_key(), as_bytes("simple"), sample_signature()));
}

TEST_CASE("high s verifies, and has one low form") {
  const Bytes high = sample_signature();
  CHECK_FALSE(is_low_s(high));
  const Bytes low = *with_low_s(high);
  CHECK(is_low_s(low));
  CHECK(verify_p256(sample_key(), as_bytes("sample"), low));
  CHECK(*with_low_s(low) == low);
  CHECK(*with_other_s(low) == high);
}

TEST_CASE("only strict DER with r and s in range is a signature") {
  const std::string good = to_hex(sample_signature());
  // 30 46 02 21 00 r 02 21 00 s
  REQUIRE(good == "3046022100" + sample_r + "022100" + sample_s);
  const std::string integer_r = "022100" + sample_r, integer_s = "022100" + sample_s;
  const std::vector<std::pair<std::string, std::string>> bad{
      {"raw r and s", sample_r + sample_s},
      {"a byte after it", good + "00"},
      {"truncated", good.substr(0, good.size() - 2)},
      {"a long length", "308146" + integer_r + integer_s},
      {"a byte after the integers", "3047" + integer_r + integer_s + "00"},
      {"one integer", "3023" + integer_r},
      {"a padded integer", "304702220000" + sample_r + integer_s},
      {"a negative integer", "30450220" + sample_r + integer_s},
      {"r = 0", "3026020100" + integer_s},
      {"s = 0", "3026" + integer_r + "020100"},
      {"r = N", "3046022100" + order + integer_s},
      {"s = N", "3046" + integer_r + "022100" + order},
      {"an empty integer", "30250200" + integer_s},
      {"an integer of 34 bytes", "304802230001" + sample_r + "00" + integer_s},
      {"another tag", "3146" + integer_r + integer_s},
      {"nothing", ""},
  };
  for (const auto& [what, hex] : bad) {
    INFO(what);
    CHECK_FALSE(verify_p256(sample_key(), as_bytes("sample"), bytes(hex)));
    CHECK_FALSE(is_low_s(bytes(hex)));
    CHECK_FALSE(with_low_s(bytes(hex)));
    CHECK_FALSE(with_other_s(bytes(hex)));
  }
}

TEST_CASE("r and s of few bytes are encoded in few bytes") {
  const std::string zeros(60, '0');
  CHECK(to_hex(*p256_signature_der(bytes(zeros + "0001" + zeros + "0080"))) ==
        "300702010102020080");
  CHECK_FALSE(p256_signature_der(bytes(zeros + "0000" + zeros + "0080")));
  CHECK_FALSE(p256_signature_der(bytes(zeros + "0001" + order)));
  CHECK_FALSE(p256_signature_der(bytes(zeros + "0001" + order + "00")));
}

TEST_CASE("only uncompressed points of the curve are public keys") {
  CHECK(P256PublicKey::parse(bytes("04" + key_x + key_y)));
  std::string off_curve = key_y;
  off_curve.back() = '8';
  const std::string p = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";
  const std::string zero(64, '0');
  const std::vector<std::pair<std::string, std::string>> bad{
      {"off the curve", "04" + key_x + off_curve},
      {"compressed", "03" + key_x},
      {"hybrid", "07" + key_x + key_y},
      {"infinity", "00"},
      {"infinity, padded", "00" + zero + zero},
      {"zeros", "04" + zero + zero},
      {"x = p", "04" + p + key_y},
      {"y = p", "04" + key_x + p},
      {"a byte more", "04" + key_x + key_y + "00"},
      {"a byte less", "04" + key_x + key_y.substr(2)},
      {"nothing", ""},
  };
  for (const auto& [what, hex] : bad) {
    INFO(what);
    CHECK_FALSE(P256PublicKey::parse(bytes(hex)));
  }
}

TEST_CASE("a coordinate above p is refused where its residue is on the curve") {
  // x = 5 is on the curve; p + 5 still has 32 bytes.
  const std::string y = "459243b9aa581806fe913bce99817ade11ca503c64d9a3c533415c083248fbcc";
  const std::string five(63, '0');
  CHECK(P256PublicKey::parse(bytes("04" + five + "5" + y)));
  CHECK_FALSE(P256PublicKey::parse(
      bytes("04ffffffff00000001000000000000000000000001000000000000000000000004" + y)));
}

TEST_CASE("the key pair of RFC 6979 is computed from its secret") {
  const auto pair = P256KeyPair::from_secret(
      secret("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"));
  REQUIRE(pair);
  CHECK(pair->public_key == sample_key());
}

TEST_CASE("zero and the order are no secret keys, one less than the order is") {
  CHECK_FALSE(P256KeyPair::from_secret(secret(std::string(64, '0'))));
  CHECK_FALSE(P256KeyPair::from_secret(secret(order)));
  CHECK(P256KeyPair::from_secret(
      secret("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550")));
}

TEST_CASE("generating a key pair skips what is not below the order") {
  struct Bent final : Rng {
    int calls = 0;
    void fill(std::span<std::uint8_t> out) override {
      std::fill(out.begin(), out.end(), static_cast<std::uint8_t>(calls++ == 0 ? 0xff : 0x11));
    }
  } rng;
  const P256KeyPair pair = P256KeyPair::generate(rng);
  CHECK(rng.calls == 2);
  CHECK(pair.secret.expose()[0] == 0x11);
}

}  // namespace
}  // namespace jointca
