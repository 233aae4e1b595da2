// tests/unit/crypto/fixed_base_test.cpp — powers of one number are those of pow_mod().
#include "crypto/fixed_base.h"

#include <catch2/catch.hpp>

#include "tests/support/seeded_rng.h"

using namespace jointca;

namespace {

Integer below(const Integer& m, Rng& rng) { return Integer::from_bytes(rng.array<48>()).mod(m); }

}  // namespace

TEST_CASE("powers of a fixed base are powers") {
  test::SeededRng rng(1);
  for (const unsigned bits : {1U, 6U, 7U, 64U, 255U, 256U, 333U}) {
    const Integer m = below(Integer::power_of_two(bits), rng) + Integer::power_of_two(bits);
    const Integer base = below(m, rng);
    const FixedBase powers(base, m, bits);
    const Integer largest = Integer::power_of_two(bits) - Integer(1);
    for (const Integer& exponent :
         {Integer(), Integer(1), largest, below(largest, rng), below(largest, rng)})
      CHECK(powers.pow(exponent) == pow_mod(base, exponent, m));
  }
}

TEST_CASE("a base that is zero, one, or not reduced has its powers too") {
  const Integer m(1'000'003);
  for (const Integer& base : {Integer(), Integer(1), m - Integer(1), m + Integer(5), m})
    for (const std::uint64_t exponent : {0U, 1U, 2U, 63U, 64U, 65U, 4095U})
      CHECK(FixedBase(base, m, 12).pow(Integer(exponent)) == pow_mod(base, Integer(exponent), m));
  CHECK(FixedBase(Integer(5), Integer(1), 6).pow(Integer()) == Integer());
}
