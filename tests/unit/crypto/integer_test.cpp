// tests/unit/crypto/integer_test.cpp — public integers and their encoding.
#include "crypto/integer.h"

#include <catch2/catch.hpp>

#include "tests/support/seeded_rng.h"

using namespace jointca;
using test::SeededRng;

namespace {

Bytes wire(const Integer& value) { return encoded(value); }

bool reads(const Bytes& bytes, IntegerLimit limit) {
  Reader in(bytes);
  const auto value = read_integer(in, limit);
  return value && in.finish() && wire(*value) == bytes;
}

}  // namespace

TEST_CASE("an integer has one encoding, with its sign") {
  CHECK(to_hex(wire(Integer())) == "000100");
  CHECK(to_hex(wire(Integer(1))) == "00020001");
  CHECK(to_hex(wire(-Integer(1))) == "00020101");
  CHECK(to_hex(wire(Integer(256))) == "0003000100");
  SeededRng rng(1);
  for (unsigned bits = 1; bits < 300; ++bits) {
    const Integer value = Integer::from_bytes(rng.array<48>()).mod(Integer::power_of_two(bits));
    CHECK(reads(wire(value), {bits}));
    CHECK(reads(wire(-value), {bits, true}));
    CHECK(wire(value) != wire(value + Integer(1)));
    if (!value.is_zero()) CHECK(wire(value) != wire(-value));
  }
}

TEST_CASE("an integer that is not in its only form, or too large, is refused") {
  const auto refused = [](const char* hex, IntegerLimit limit) {
    return !reads(*from_hex(hex), limit);
  };
  CHECK(refused("00", {8}));
  CHECK(refused("0000", {8}));          // no sign
  CHECK(refused("000101", {8, true}));  // −0
  CHECK(refused("000102", {8}));
  CHECK(refused("00020201", {8, true}));
  CHECK(refused("00020101", {8}));     // negative where it may not be
  CHECK(refused("00020000", {8}));     // zero with a digit
  CHECK(refused("0003000001", {16}));  // leading zero
  CHECK(refused("000200", {8}));       // truncated
  CHECK(refused("0003000100", {8}));   // 256 in 8 bits
  CHECK(!refused("000200ff", {8}));
  CHECK(refused("000200ff", {7}));
  CHECK(!refused("0002007f", {7}));
  CHECK(refused("000201ff", {7, true}));
}

TEST_CASE("an integer of megabytes is refused by its length alone") {
  Bytes large{0xff, 0xff};
  large.resize(16 << 20, 0x55);
  Reader in(large);
  const auto value = read_integer(in, {6144});
  REQUIRE(!value.has_value());
  CHECK(in.offset() <= 2);
}

TEST_CASE("public arithmetic knows the edge cases that proofs rely on") {
  const Integer n(77);
  CHECK((-Integer(1)).mod(n) == Integer(76));
  CHECK(Integer(10).is_unit(n));
  CHECK(!Integer(7).is_unit(n));
  CHECK(!Integer().is_unit(n));
  CHECK(!n.is_unit(n));
  CHECK(!Integer(78).is_unit(n));
  CHECK(!(-Integer(1)).is_unit(n));
  CHECK(pow_mod(Integer(3), -Integer(5), n) * pow_mod(Integer(3), Integer(5), n).mod(n) !=
        Integer());
  CHECK((pow_mod(Integer(3), -Integer(5), n) * pow_mod(Integer(3), Integer(5), n)).mod(n) ==
        Integer(1));
  CHECK(pow_mod(Integer(7), -Integer(5), n).is_zero());
  CHECK(jacobi(Integer(2), n) == -1);
  CHECK(jacobi(Integer(14), n) == 0);
  CHECK(Integer(49).is_perfect_power());
  CHECK(!n.is_perfect_power());
  CHECK(Integer(65537).is_probably_prime());
  CHECK(!n.is_probably_prime());
  CHECK(Integer::power_of_two(9).within_power_of_two(9));
  CHECK((-Integer::power_of_two(9)).within_power_of_two(9));
  CHECK(!(Integer::power_of_two(9) + Integer(1)).within_power_of_two(9));
  CHECK(!(-Integer::power_of_two(9) - Integer(1)).within_power_of_two(9));
}
