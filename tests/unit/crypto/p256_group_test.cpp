// tests/unit/crypto/p256_group_test.cpp — the group against known multiples, and what it refuses.
#include "crypto/p256_group.h"

#include <catch2/catch.hpp>

#include "tests/support/seeded_rng.h"

using namespace jointca;
using namespace jointca::p256;
using test::ConstantRng;
using test::SeededRng;

TEST_CASE("the generator and its multiples are those of SEC 2") {
  CHECK(to_hex(Point::base().bytes()) ==
        "036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296");
  CHECK(to_hex(base_mul_vartime(Scalar(2)).bytes()) ==
        "037cf27b188d034f7e8a52380304b51ac3c08969e277f21b35a60b48fc47669978");
  CHECK(to_hex(base_mul_vartime(Scalar(112233445566778899)).bytes()) ==
        "03339150844ec15234807fe862a86be77977dbfb3ae3d96f4c22795513aeaab82f");
  const Scalar minus_one = Scalar() - Scalar(1);
  CHECK((base_mul_vartime(minus_one) + Point::base()).is_infinity());
  CHECK(mul_vartime(Scalar(), Point::base()).is_infinity());
  CHECK(Point::base() + Point() == Point::base());
  CHECK(Point::base() - Point::base() == Point());
}

TEST_CASE("blinded multiples equal plain ones, also for edge scalars and a constant generator") {
  SeededRng rng(1);
  ConstantRng broken(7);
  const Point Y = base_mul_vartime(Scalar(1234567));
  for (int i = 0; i < 60; ++i) {
    const Scalar minus_one = Scalar() - Scalar(1);
    const std::array<Scalar, 5> edges{Scalar(), Scalar(1), minus_one, Scalar(2),
                                      SecretScalar::random(rng).reveal()};
    const Scalar& a = edges[rng.below(5)];
    const Scalar& k = edges[rng.below(5)];
    const SecretScalar secret_a = SecretScalar::from(a), secret_k = SecretScalar::from(k);
    for (Rng* source : {static_cast<Rng*>(&rng), static_cast<Rng*>(&broken)}) {
      CHECK(base_mul(secret_k, *source) == base_mul_vartime(k));
      CHECK(mul(secret_a, Y, *source) == mul_vartime(a, Y));
      CHECK(mul_add(secret_a, Y, secret_k, *source) == mul_vartime(a, Y) + base_mul_vartime(k));
    }
    CHECK(mul_add_vartime(a, Y, k) == mul_vartime(a, Y) + base_mul_vartime(k));
    CHECK((secret_a * secret_k).reveal() == a * k);
    CHECK((secret_a + secret_k).reveal() == a + k);
    CHECK((secret_a - secret_k).reveal() == a - k);
    CHECK((secret_a * k).reveal() == a * k);
    if (!a.is_zero()) CHECK(a * a.inverse() == Scalar(1));
  }
}

TEST_CASE("a point has one encoding, and what is no point is refused") {
  const Bytes good = to_bytes(Point::base().bytes());
  const auto point = Point::parse(good);
  REQUIRE(point);
  CHECK(*point == Point::base());
  CHECK(to_bytes(point->bytes()) == good);
  CHECK(Point(*point->public_key()) == *point);
  const auto refused = [](Bytes bytes) { return !Point::parse(bytes).has_value(); };
  CHECK(refused({}));
  CHECK(refused({0}));                                     // infinity
  CHECK(refused(Bytes(33)));                               // how bytes() writes it
  CHECK(refused(to_bytes(point->public_key()->bytes())));  // uncompressed
  Bytes bad = good;
  bad[0] = 4;
  CHECK(refused(bad));
  bad = good;
  bad.push_back(0);
  CHECK(refused(bad));
  // x = p, and about half of the small x.
  bad = *from_hex("02ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
  CHECK(refused(bad));
  int points = 0;
  for (std::uint8_t x = 0; x < 100; ++x) {
    bad = Bytes(33);
    bad[0] = 2;
    bad[32] = x;
    points += refused(bad) ? 0 : 1;
  }
  CHECK(points > 30);
  CHECK(points < 70);
}

TEST_CASE("a scalar is 32 bytes below the order") {
  const Bytes q = order().magnitude(32);
  CHECK(!Scalar::parse(q).has_value());
  CHECK(!Scalar::parse(Bytes(32, 0xff)).has_value());
  CHECK(!Scalar::parse(Bytes(31)).has_value());
  CHECK(!Scalar::parse(Bytes(33)).has_value());
  const auto largest = Scalar::parse((order() - Integer(1)).magnitude(32));
  REQUIRE(largest);
  CHECK(*largest + Scalar(1) == Scalar());
  CHECK(!SecretScalar::parse(q).has_value());
  CHECK(!SecretScalar::parse(Bytes(32, 0xff)).has_value());
  CHECK(!SecretScalar::parse(Bytes(31)).has_value());
  const auto secret = SecretScalar::parse(largest->bytes());
  REQUIRE(secret);
  CHECK(secret->reveal() == *largest);
  CHECK(to_bytes(secret->bytes().expose()) == to_bytes(largest->bytes()));
  CHECK(Scalar::reduce(Digest64{}).is_zero());
  Digest64 wide{};
  wide[31] = 1;  // 2^256
  CHECK(Scalar::reduce(wide) == Scalar::reduce(Integer::power_of_two(256) - order()));
}
