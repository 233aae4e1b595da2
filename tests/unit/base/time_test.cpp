// tests/unit/base/time_test.cpp — points in time and durations as people write them.
#include "base/time.h"

#include <catch2/catch.hpp>

using namespace jointca;
using namespace std::chrono_literals;

TEST_CASE("times are written in RFC 3339, and read back") {
  const std::pair<std::int64_t, const char*> cases[] = {{0, "1970-01-01T00:00:00Z"},
                                                        {-1, "1969-12-31T23:59:59Z"},
                                                        {951782400, "2000-02-29T00:00:00Z"},
                                                        {1795388949, "2026-11-22T23:09:09Z"},
                                                        {253402300799, "9999-12-31T23:59:59Z"}};
  for (const auto& [seconds, text] : cases) {
    CAPTURE(text);
    CHECK(to_rfc3339(time_from_unix(seconds)) == text);
    CHECK(unix_seconds(*time_from_rfc3339(text)) == seconds);
  }
}

TEST_CASE("a numeric offset is taken off") {
  CHECK(*time_from_rfc3339("2026-01-01T01:30:00+01:30") ==
        *time_from_rfc3339("2026-01-01T00:00:00Z"));
  CHECK(*time_from_rfc3339("2025-12-31T19:00:00-05:00") ==
        *time_from_rfc3339("2026-01-01T00:00:00Z"));
}

TEST_CASE("what is not such a time is refused") {
  for (const char* wrong : {"",
                            "2026",
                            "2026-01-01",
                            "2026-01-01T00:00:00",
                            "2026-01-01 00:00:00Z",
                            "2026-01-01t00:00:00z",
                            "2026-1-01T00:00:00Z",
                            "2026-02-29T00:00:00Z",
                            "2026-13-01T00:00:00Z",
                            "2026-00-01T00:00:00Z",
                            "2026-01-32T00:00:00Z",
                            "2026-01-01T24:00:00Z",
                            "2026-01-01T00:60:00Z",
                            "2026-01-01T00:00:60Z",
                            "2026-01-01T00:00:00.5Z",
                            "2026-01-01T00:00:00Z ",
                            "2026-01-01T00:00:00+1:00",
                            "2026-01-01T00:00:00+24:00",
                            "2026-01-01T00:00:00+00:60",
                            "2026-01-01T00:00:00+0000",
                            "-026-01-01T00:00:00Z",
                            "2026/01/01T00:00:00Z"}) {
    CAPTURE(wrong);
    CHECK_FALSE(time_from_rfc3339(wrong));
  }
}

TEST_CASE("a duration is one number and one unit") {
  CHECK(*duration_from_text("90s") == 90s);
  CHECK(*duration_from_text("15m") == 15min);
  CHECK(*duration_from_text("24h") == 24h);
  CHECK(*duration_from_text("365d") == 365 * 24h);
  CHECK(*duration_from_text("0s") == 0s);
  CHECK(*duration_from_text("36500d") == 36500 * 24h);
  for (const char* wrong : {"", "5", "s", "5 s", "5w", "-5s", "+5s", "1.5h", "1h30m", "5S", " 5s",
                            "5s ", "36501d", "99999999999999999999s", "9223372036854775807d"}) {
    CAPTURE(wrong);
    CHECK_FALSE(duration_from_text(wrong));
  }
}

TEST_CASE("durations are written with the largest unit that divides them") {
  CHECK(to_text(0s) == "0s");
  CHECK(to_text(90s) == "90s");
  CHECK(to_text(120s) == "2m");
  CHECK(to_text(25h) == "25h");
  CHECK(to_text(48h) == "2d");
}

TEST_CASE("distances are said in the largest whole unit") {
  const Time now = time_from_unix(1'800'000'000);
  CHECK(distance(now, now) == "now");
  CHECK(distance(now + 1s, now) == "in 1 second");
  CHECK(distance(now - 2h, now) == "2 hours ago");
  CHECK(distance(now + 71h, now) == "in 2 days");
  CHECK(distance(now - 60s, now) == "1 minute ago");
}
