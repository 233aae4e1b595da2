// tests/unit/crypto/xeddsa_test.cpp — XEdDSA against libxeddsa, libsodium and tampering.
#include "crypto/xeddsa.h"

#include <fstream>
#include <set>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sodium/crypto_sign_ed25519.h>

#include "tests/support/seeded_rng.h"

using namespace jointca;

namespace {

template <std::size_t size>
std::array<std::uint8_t, size> field(const nlohmann::json& object, const char* name) {
  return *to_array<size>(*from_hex(object.at(name).get<std::string>()));
}

X25519Key key_of(BytesView bytes) {
  return X25519Key(
      Secret<32>::make([&](auto out) { std::copy(bytes.begin(), bytes.end(), out.begin()); }));
}

/// Gives back prepared bytes.
class ReplayRng final : public Rng {
 public:
  explicit ReplayRng(Bytes bytes) : bytes_(std::move(bytes)) {}
  void fill(std::span<std::uint8_t> out) override {
    REQUIRE(out.size() == bytes_.size());
    std::copy(bytes_.begin(), bytes_.end(), out.begin());
  }

 private:
  Bytes bytes_;
};

const Bytes message = to_bytes("jointca/test: a message");

}  // namespace

TEST_CASE("XEdDSA signatures are byte-equal with libxeddsa's") {
  std::ifstream file(JOINTCA_SOURCE_DIR "/tests/vectors/xeddsa/libxeddsa.json");
  const auto cases = nlohmann::json::parse(file);
  REQUIRE(cases.size() == 16);
  std::set<int> signs;
  for (const auto& each : cases) {
    signs.insert(each.at("sign_before").get<int>());
    const X25519Key key = key_of(field<32>(each, "private"));
    CHECK(key.public_key() == field<32>(each, "public_u"));
    CHECK(xeddsa_public_key(key.public_key())->bytes == field<32>(each, "public_ed25519"));
    const Bytes text = *from_hex(each.at("message").get<std::string>());
    ReplayRng rng(to_bytes(BytesView(field<64>(each, "nonce"))));
    const SignatureBytes signature = xeddsa_sign(key, text, rng);
    CHECK(signature == field<64>(each, "signature"));
    CHECK(xeddsa_verify(key.public_key(), text, signature));
  }
  CHECK(signs.size() == 2);
}

TEST_CASE("an XEdDSA signature verifies as plain Ed25519 under the converted key") {
  test::SeededRng rng(2);
  for (int i = 0; i < 40; ++i) {
    const X25519Key key = X25519Key::generate(rng);
    const SignatureBytes signature = xeddsa_sign(key, message, rng);
    const auto converted = xeddsa_public_key(key.public_key());
    REQUIRE(converted);
    CHECK((converted->bytes[31] & 0x80) == 0);
    CHECK(verify(*converted, message, signature));
    CHECK(crypto_sign_ed25519_verify_detached(signature.data(), message.data(), message.size(),
                                              converted->bytes.data()) == 0);
    Digest back;
    REQUIRE(crypto_sign_ed25519_pk_to_curve25519(back.data(), converted->bytes.data()) == 0);
    CHECK(back == key.public_key());
  }
}

TEST_CASE("two XEdDSA signatures of one message differ and both verify") {
  test::SeededRng rng(3);
  const X25519Key key = X25519Key::generate(rng);
  const auto first = xeddsa_sign(key, message, rng), second = xeddsa_sign(key, message, rng);
  CHECK(first != second);
  CHECK(xeddsa_verify(key.public_key(), message, first));
  CHECK(xeddsa_verify(key.public_key(), message, second));
}

TEST_CASE("an XEdDSA signature with any bit changed is refused") {
  test::SeededRng rng(4);
  const X25519Key key = X25519Key::generate(rng);
  const SignatureBytes signature = xeddsa_sign(key, message, rng);
  for (std::size_t bit = 0; bit < 512; ++bit) {
    SignatureBytes changed = signature;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ (1U << (bit % 8)));
    CHECK_FALSE(xeddsa_verify(key.public_key(), message, changed));
  }
  CHECK_FALSE(xeddsa_verify(key.public_key(), to_bytes("another message"), signature));
  CHECK_FALSE(xeddsa_verify(X25519Key::generate(rng).public_key(), message, signature));
}

TEST_CASE("XEdDSA refuses keys that are not canonical, not convertible or of small order") {
  test::SeededRng rng(5);
  const X25519Key key = X25519Key::generate(rng);
  const SignatureBytes signature = xeddsa_sign(key, message, rng);
  Digest with_top_bit = key.public_key();
  with_top_bit[31] |= 0x80;
  CHECK_FALSE(xeddsa_public_key(with_top_bit));
  CHECK_FALSE(xeddsa_verify(with_top_bit, message, signature));

  Digest minus_one;  // p − 1
  minus_one.fill(0xff);
  minus_one[0] = 0xec;
  minus_one[31] = 0x7f;
  CHECK_FALSE(xeddsa_public_key(minus_one));

  // u = 1 converts to y = 0, a point of order 4; u = 0 to y = −1, of order 2. R = identity, s = 0
  // would be a signature of one message in four, or in two.
  SignatureBytes forged{1};
  for (const std::uint8_t u : Bytes{0, 1})
    for (std::uint8_t i = 0; i < 32; ++i) CHECK_FALSE(xeddsa_verify(Digest{u}, Bytes{i}, forged));
}
