// tests/unit/crypto/ed25519_test.cpp — the group against libsodium, and what it refuses.
#include "crypto/ed25519.h"

#include <catch2/catch.hpp>
#include <sodium.h>

#include "crypto/edwards_eight.h"
#include "crypto/edwards_field.h"
#include "crypto/edwards_quad.h"
#include "tests/support/seeded_rng.h"

using namespace jointca;
using test::SeededRng;

namespace {

Scalar random_scalar(SeededRng& rng) { return SecretScalar::random(rng).reveal(); }
Point random_point(SeededRng& rng) { return base_mul(SecretScalar::random(rng)); }

Digest hex32(const char* text) { return *to_array<32>(*from_hex(text)); }

// The eight points of small order, in their canonical encodings.
const std::array<const char*, 8> torsion{
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"};

}  // namespace

TEST_CASE("point sums and products equal libsodium's on random inputs") {
  SeededRng rng(1);
  for (int i = 0; i < 1500; ++i) {
    const Scalar a = random_scalar(rng);
    const Point P = random_point(rng), Q = random_point(rng);
    Digest want;
    REQUIRE(crypto_core_ed25519_add(want.data(), P.bytes().data(), Q.bytes().data()) == 0);
    CHECK((P + Q).bytes() == want);
    REQUIRE(crypto_core_ed25519_sub(want.data(), P.bytes().data(), Q.bytes().data()) == 0);
    CHECK((P - Q).bytes() == want);
    REQUIRE(crypto_scalarmult_ed25519_noclamp(want.data(), a.bytes().data(), P.bytes().data()) ==
            0);
    CHECK(mul_vartime(a, P).bytes() == want);
    REQUIRE(crypto_scalarmult_ed25519_base_noclamp(want.data(), a.bytes().data()) == 0);
    CHECK(base_mul_vartime(a).bytes() == want);
    CHECK(base_mul(SecretScalar::from(a)).bytes() == want);
  }
}

TEST_CASE("a multi-exponentiation equals the sum of its products") {
  SeededRng rng(2);
  for (std::size_t count = 0; count < 40; ++count) {
    std::vector<Scalar> scalars;
    std::vector<Point> points;
    const Scalar base_scalar = count % 3 == 0 ? Scalar() : random_scalar(rng);
    Point want = base_mul_vartime(base_scalar);
    for (std::size_t i = 0; i < count; ++i) {
      const std::array<Scalar, 6> edges{Scalar(),  Scalar(1),          Scalar() - Scalar(1),
                                        Scalar(2), random_scalar(rng), random_scalar(rng)};
      scalars.push_back(edges[rng.below(6)]);
      points.push_back(i % 7 == 6 ? Point() : random_point(rng));
      want = want + mul_vartime(scalars.back(), points.back());
    }
    CHECK(multiexp_vartime(base_scalar, scalars, points) == want);
  }
}

TEST_CASE("a sum of many points is the same by buckets") {
  SeededRng rng(31);
  std::vector<edwards::Extended> points;
  points.reserve(40);
  for (int i = 0; i < 40; ++i) points.push_back(*edwards::decompress(random_point(rng).bytes()));
  for (const char* text : torsion) points.push_back(*edwards::decompress(hex32(text)));
  for (const std::size_t count : {0U, 1U, 99U, 100U, 127U, 128U, 600U}) {
    for (const std::size_t scalar_bytes : {1U, 16U, 32U}) {
      std::vector<edwards::Term> terms;
      for (std::size_t i = 0; i < count; ++i) {
        Digest scalar{};  // the ends of the range among them
        if (i % 5 != 0) scalar = random_scalar(rng).bytes();
        if (i % 5 == 1) scalar.fill(0xff);
        std::fill(scalar.begin() + static_cast<std::ptrdiff_t>(scalar_bytes), scalar.end(), 0);
        scalar[31] &= 0x1f;  // below 2^253
        terms.push_back({scalar, &points[i % points.size()]});
      }
      CHECK(edwards::equal(edwards::multiexp_many(terms), edwards::multiexp(Digest{}, terms)));
    }
  }
}

TEST_CASE("edge cases of the group law hold") {
  SeededRng rng(3);
  const Point P = random_point(rng);
  const Scalar minus_one = Scalar() - Scalar(1);
  CHECK(P + Point() == P);
  CHECK((P - P).is_identity());
  CHECK(P + P == mul_vartime(Scalar(2), P));
  CHECK((P + mul_vartime(minus_one, P)).is_identity());
  CHECK(mul_vartime(Scalar(), P).is_identity());
  CHECK(base_mul(SecretScalar::from(Scalar())).is_identity());
  CHECK(base_mul_vartime(Scalar(1)) == Point::base());
  CHECK(Point::base().bytes() ==
        hex32("5866666666666666666666666666666666666666666666666666666666666666"));
}

TEST_CASE("Horner evaluation equals the power sum") {
  SeededRng rng(4);
  for (const std::uint64_t x : {0u, 1u, 2u, 7u, 100u, 65535u}) {
    std::vector<Point> coefficients;
    std::vector<Scalar> powers;
    Scalar power(1);
    for (int k = 0; k < 5; ++k) {
      coefficients.push_back(random_point(rng));
      powers.push_back(power);
      power = power * Scalar(x);
    }
    CHECK(horner_vartime(coefficients, x) == multiexp_vartime(powers, coefficients));
  }
}

TEST_CASE("decompression agrees with libsodium on random strings") {
  SeededRng rng(5);
  std::size_t valid = 0;
  for (int i = 0; i < 4000; ++i) {
    Digest bytes = rng.array<32>();
    if (i % 2 == 0) bytes[31] &= 0x7f;
    // libsodium's test also asks for the main subgroup; half of all strings are on the curve, one
    // in sixteen is in the subgroup.
    const bool want = crypto_core_ed25519_is_valid_point(bytes.data()) == 1;
    const auto got = Point::parse(bytes);
    CHECK(got.has_value() == want);
    valid += want ? 1 : 0;
    if (const auto point = edwards::decompress(bytes)) CHECK(edwards::compress(*point) == bytes);
  }
  CHECK(valid > 100);
}

TEST_CASE("many points are decompressed as each alone") {
  SeededRng rng(51);
  std::vector<Digest> encodings;
  encodings.reserve(203);
  for (int i = 0; i < 203; ++i) encodings.push_back(rng.array<32>());
  for (const char* text : torsion) encodings.push_back(hex32(text));
  for (Digest& bytes : std::span(encodings).first(40)) bytes = random_point(rng).bytes();
  encodings[100].fill(0xff);
  for (const std::size_t count : {std::size_t{0}, std::size_t{7}, encodings.size()}) {
    const auto some = std::span(encodings).first(count);
    const auto points = edwards::decompress(some);
    REQUIRE(points.size() == count);
    for (std::size_t i = 0; i < count; ++i) {
      const auto alone = edwards::decompress(some[i]);
      REQUIRE(points[i].has_value() == alone.has_value());
      if (alone) CHECK(edwards::compress(*points[i]) == some[i]);
      if (alone) CHECK(edwards::equal(*points[i], *alone));
    }
  }
}

TEST_CASE("powers of eight elements are those of each, also at the ends of their range") {
  SeededRng rng(52);
  for (int i = 0; i < 200; ++i) {
    edwards::Eight elements;
    for (edwards::Field& element : elements)
      for (std::uint64_t& limb : element.limb)
        limb = i == 0 ? (std::uint64_t{1} << 52) - 1 : rng.below(std::uint64_t{1} << 52);
    const edwards::Eight powers = edwards::powers_p58(elements);
    for (std::size_t k = 0; k < elements.size(); ++k)
      CHECK(powers[k] == edwards::power_p58(elements[k]));
  }
}

TEST_CASE("points of small or mixed order are refused") {
  SeededRng rng(6);
  for (const char* text : torsion) {
    const auto T = edwards::decompress(hex32(text));
    REQUIRE(T);
    CHECK_FALSE(Point::parse(hex32(text)));
    if (edwards::is_identity(*T)) continue;
    CHECK_FALSE(Point::parse(hex32(text), Point::Identity::allowed));
    for (int i = 0; i < 20; ++i) {
      const Point P = random_point(rng);
      const auto mixed = edwards::add(*edwards::decompress(P.bytes()), *T);
      CHECK_FALSE(Point::parse(edwards::compress(mixed)));
    }
  }
}

TEST_CASE("the identity is refused unless it is allowed by name") {
  CHECK_FALSE(Point::parse(Point().bytes()));
  const auto identity = Point::parse(Point().bytes(), Point::Identity::allowed);
  REQUIRE(identity);
  CHECK(identity->is_identity());
}

TEST_CASE("non-canonical encodings of points are refused") {
  // y = p + k for k = 0 … 18, with either sign; and the sign bit on x = 0.
  for (int k = 0; k < 19; ++k)
    for (const int sign : {0, 0x80}) {
      Digest bytes;
      bytes.fill(0xff);
      bytes[0] = static_cast<std::uint8_t>(0xed + k);
      bytes[31] = static_cast<std::uint8_t>(0x7f | sign);
      CHECK_FALSE(edwards::decompress(bytes));
      CHECK_FALSE(Point::parse(bytes, Point::Identity::allowed));
    }
  for (const char* text : {torsion[0], torsion[1]}) {
    Digest bytes = hex32(text);
    bytes[31] |= 0x80;
    CHECK_FALSE(edwards::decompress(bytes));
  }
  CHECK_FALSE(Point::parse(Bytes(31)));
  CHECK_FALSE(Point::parse(Bytes(33)));
}

TEST_CASE("scalars that are not below the group order are refused") {
  Digest bytes = edwards::group_order;
  CHECK_FALSE(Scalar::parse(bytes));
  CHECK_FALSE(SecretScalar::parse(bytes));
  bytes[0] += 1;
  CHECK_FALSE(Scalar::parse(bytes));
  bytes[0] -= 2;
  CHECK(Scalar::parse(bytes));
  bytes.fill(0xff);
  CHECK_FALSE(Scalar::parse(bytes));
  CHECK_FALSE(Scalar::parse(Bytes(31)));
  CHECK(Scalar::parse(Bytes(32)));
}

TEST_CASE("scalar arithmetic is a field") {
  SeededRng rng(7);
  for (int i = 0; i < 200; ++i) {
    const Scalar a = random_scalar(rng), b = random_scalar(rng);
    CHECK(a * a.inverse() == Scalar(1));
    CHECK((a + b) - b == a);
    CHECK(a * b == b * a);
    const SecretScalar secret_a = SecretScalar::from(a), secret_b = SecretScalar::from(b);
    CHECK((secret_a + secret_b).reveal() == a + b);
    CHECK((secret_a + b).reveal() == a + b);
    CHECK((secret_a * secret_b).reveal() == a * b);
    CHECK((secret_a * b).reveal() == a * b);
  }
}
