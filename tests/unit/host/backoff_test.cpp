#include <catch2/catch.hpp>

#include "host/holdings.h"

namespace jointca::host {
namespace {

using namespace std::chrono_literals;

TEST_CASE("the wait after a failure doubles from a minute to an hour") {
  const Duration left = 24h * 30;
  CHECK(backoff(1, left, 255) == 60s);
  CHECK(backoff(2, left, 255) == 120s);
  CHECK(backoff(6, left, 255) == 1920s);
  CHECK(backoff(7, left, 255) == 3600s);
  CHECK(backoff(4'000'000'000U, left, 255) == 3600s);
}

TEST_CASE("half of the wait is random") {
  CHECK(backoff(1, 24h, 0) == 30s);
  CHECK(backoff(1, 24h, 255) == 60s);
  CHECK(backoff(3, 24h, 128) > 120s);
  CHECK(backoff(3, 24h, 128) < 240s);
}

TEST_CASE("near the end of the life the wait is a part of what is left") {
  CHECK(backoff(20, 80min, 255) == 10min);
  CHECK(backoff(20, 80s, 255) == 10s);
  CHECK(backoff(20, 8s, 255) == 5s);
  CHECK(backoff(20, 1s, 255) == 5s);
  CHECK(backoff(1, 80min, 255) == 60s);
}

TEST_CASE("a host whose certificates are over does not ask more often than any other") {
  CHECK(backoff(20, 0s, 255) == 1h);
  CHECK(backoff(20, -1h, 255) == 1h);
  CHECK(backoff(1, -1h, 0) == 30s);
}

}  // namespace
}  // namespace jointca::host
