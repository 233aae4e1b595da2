// tests/unit/crypto/x25519_test.cpp — X25519 keys and points of small order.
#include "crypto/x25519.h"

#include <catch2/catch.hpp>

#include "tests/support/seeded_rng.h"

using namespace jointca;

namespace {

Digest from_text(std::string_view hex) { return *to_array<32>(*from_hex(hex)); }

/// Every u of small order on curve or twist, canonical and not:
/// https://cr.yp.to/ecdh.html#validate.
const std::vector<std::string_view> low_order{
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"};

}  // namespace

TEST_CASE("a secret X25519 key gives the public key of RFC 7748 section 6.1") {
  const X25519Key alice(Secret<32>::make([](auto out) {
    const Digest secret =
        from_text("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
    std::copy(secret.begin(), secret.end(), out.begin());
  }));
  CHECK(alice.public_key() ==
        from_text("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"));
}

TEST_CASE("an X25519 key keeps its bytes before clamping") {
  const X25519Key key(Secret<32>::make([](auto out) { std::fill(out.begin(), out.end(), 0xff); }));
  CHECK(key.secret().expose()[0] == 0xff);
  CHECK(key.secret().expose()[31] == 0xff);
}

TEST_CASE("every encoding of a point of small order is recognised") {
  for (const std::string_view hex : low_order) {
    Digest u = from_text(hex);
    CHECK(is_low_order(u));
    u[31] |= 0x80;
    CHECK(is_low_order(u));
  }
}

TEST_CASE("public keys of random secrets are not of small order") {
  test::SeededRng rng(1);
  for (int i = 0; i < 50; ++i) CHECK_FALSE(is_low_order(X25519Key::generate(rng).public_key()));
  CHECK_FALSE(is_low_order(Digest{9}));
  CHECK_FALSE(is_low_order(Digest{2}));
}
