// tests/unit/host/holdings_test.cpp — when a host renews what it has.
#include "host/holdings.h"

#include <algorithm>

#include <catch2/catch.hpp>

#include "crypto/hash.h"
#include "tests/support/temp_dir.h"

namespace jointca::host {
namespace {

const Time start = time_from_unix(1'900'000'000);
constexpr Duration life{60'000};

Holding holding(unsigned number, Time not_before = start, Duration lasts = life) {
  Holding made;
  made.fingerprint = sha256(as_bytes(std::to_string(number)));
  made.not_before = not_before;
  made.not_after = not_before + lasts;
  return made;
}

TEST_CASE("hosts renew two thirds into the life, spread over a twentieth of it") {
  constexpr int buckets = 10;
  std::array<unsigned, buckets> hosts{};
  for (unsigned i = 0; i < 1000; ++i) {
    const Duration at = renewal_time({holding(i)}) - (start + life * 2 / 3);
    REQUIRE(at >= Duration(0));
    REQUIRE(at < life / 20);
    ++hosts[static_cast<std::size_t>(at * buckets / (life / 20))];
  }
  for (const unsigned in_bucket : hosts) CHECK(in_bucket > 60);  // 100 each, give or take
}

TEST_CASE("a host's time of renewal stays the same, and is another after a renewal") {
  CHECK(renewal_time({holding(1)}) == renewal_time({holding(1)}));
  CHECK(renewal_time({holding(1)}) != renewal_time({holding(2)}));
  // Two thirds of 60,000 s, and of 3,000 s the fraction that the fingerprint gives: frozen.
  CHECK(unix_seconds(renewal_time({holding(1)})) - unix_seconds(start) - 40'000 == 2505);
}

TEST_CASE("what ends first decides when a host renews, wherever it stands") {
  const Holding early = holding(1, start, life / 2), late = holding(2);
  const Time expected = renewal_time({early});
  CHECK(renewal_time({early, late}) == expected);
  CHECK(renewal_time({late, early}) == expected);
  CHECK(expected < start + life / 2);
  CHECK(first_end({late, early}) == early.not_after);
  // One that was renewed alone does not put off the other.
  CHECK(renewal_time({holding(3, start + life / 3), late}) == renewal_time({late}));
}

TEST_CASE("a life of seconds is renewed within it") {
  for (unsigned i = 0; i < 100; ++i)
    for (const Duration lasts : {Duration(1), Duration(2), Duration(45)}) {
      const Time at = renewal_time({holding(i, start, lasts)});
      CHECK(at >= start);
      CHECK(at < start + lasts);
    }
}

TEST_CASE("a directory in which no host was enrolled has no holdings") {
  const test::TempDir dir;
  const auto holdings = read_holdings(Paths{dir.path()});
  REQUIRE_FALSE(holdings);
  CHECK_THAT(holdings.error().message, Catch::Contains("no host was enrolled here"));
}

}  // namespace
}  // namespace jointca::host
