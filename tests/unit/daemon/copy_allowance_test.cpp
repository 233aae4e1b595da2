// tests/unit/daemon/copy_allowance_test.cpp
#include "daemon/copy_allowance.h"

#include <catch2/catch.hpp>

using namespace jointca;
using daemon::CopyAllowance;

TEST_CASE("each owner may have so much copied in a day, and the next day as much again") {
  CopyAllowance allowance(100);
  const Identifier one(1), other(2);
  const Time now = time_from_unix(1'800'000'000);
  CHECK(allowance.take(one, 60, now));
  CHECK_FALSE(allowance.take(one, 41, now));
  CHECK(allowance.take(one, 40, now + Duration{10}));
  CHECK_FALSE(allowance.take(one, 1, now + daemon::copied_period - Duration{1}));
  CHECK(allowance.take(other, 100, now));
  CHECK_FALSE(allowance.take(other, ~std::uint64_t{0}, now));
  CHECK(allowance.take(one, 100, now + daemon::copied_period));
  CHECK_FALSE(allowance.take(one, 1, now + daemon::copied_period));
  CHECK(allowance.take(one, 1, now));  // the clock was put back: a day of its own
}
