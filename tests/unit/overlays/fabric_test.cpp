// tests/unit/overlays/fabric_test.cpp — packets arrive when their path says, or not at all.
#include "bench/overlays/fabric.h"

#include <cmath>

#include <catch2/catch.hpp>

using namespace jointca;
using namespace jointca::overlays;
using namespace std::chrono_literals;

namespace {

Fabric two(Path path, std::uint64_t seed = 1) { return {2, std::vector<Path>(4, path), seed}; }

Bytes packet(std::uint8_t mark, std::size_t size = 100) {
  Bytes out(size);
  out[0] = mark;
  return out;
}

/// All that is held, in the order in which it arrives.
std::vector<Delivery> drain(Fabric& fabric) {
  std::vector<Delivery> out;
  while (auto delivery = fabric.take(Instant::max())) out.push_back(*std::move(delivery));
  return out;
}

}  // namespace

TEST_CASE("a packet is there after its delay and not before") {
  Fabric fabric = two({.delay = 40ms});
  CHECK(fabric.next_due() == std::nullopt);
  REQUIRE(fabric.accept(0, 1, packet(7), 1s) == Fate::accepted);
  CHECK(fabric.next_due() == Instant(1040ms));
  CHECK_FALSE(fabric.take(1040ms - 1ns));
  const auto delivery = fabric.take(1040ms);
  REQUIRE(delivery);
  CHECK(delivery->to == 1);
  CHECK(delivery->due == Instant(1040ms));
  CHECK(delivery->packet == packet(7));
  CHECK_FALSE(fabric.take(2s));
}

TEST_CASE("each direction of each pair has its own delay") {
  std::vector<Path> paths(9);
  paths[0 * 3 + 1].delay = 10ms;
  paths[1 * 3 + 0].delay = 20ms;
  paths[2 * 3 + 0].delay = 5ms;
  Fabric fabric(3, paths, 1);
  fabric.accept(0, 1, packet(1), 0ns);
  fabric.accept(1, 0, packet(2), 0ns);
  fabric.accept(2, 0, packet(3), 0ns);
  const auto all = drain(fabric);
  REQUIRE(all.size() == 3);
  CHECK((all[0].packet[0] == 3 && all[0].to == 0 && all[0].due == Instant(5ms)));
  CHECK((all[1].packet[0] == 1 && all[1].to == 1 && all[1].due == Instant(10ms)));
  CHECK((all[2].packet[0] == 2 && all[2].to == 0 && all[2].due == Instant(20ms)));
}

TEST_CASE("packets that are due at once arrive in the order in which they came") {
  Fabric fabric = two({.delay = 1ms});
  for (std::uint8_t i = 0; i < 200; ++i) fabric.accept(0, 1, packet(i), 0ns);
  const auto all = drain(fabric);
  REQUIRE(all.size() == 200);
  for (std::uint8_t i = 0; i < 200; ++i) CHECK(all[i].packet[0] == i);
}

TEST_CASE("jitter has the mean and the deviation that were asked for") {
  Fabric fabric = two({.delay = 50ms, .jitter = 2ms, .queue_packets = 100'000});
  constexpr int count = 20'000;
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < count; ++i) {  // a second apart, so that none waits for another
    const Instant sent = i * 1s;
    fabric.accept(0, 1, packet(1), sent);
    const double late =
        static_cast<double>((fabric.take(Instant::max())->due - sent - 50ms).count());
    sum += late / 1e6;
    squares += late * late / 1e12;
  }
  // Five standard errors: 2/√n of the mean, 2/√(2n) of the deviation.
  CHECK(std::abs(sum / count) < 5 * 2 / std::sqrt(count));
  CHECK(std::abs(std::sqrt(squares / count) - 2) < 5 * 2 / std::sqrt(2 * count));
}

TEST_CASE("jitter reorders only where that is asked for, and never makes a delay negative") {
  for (const bool reorder : {false, true}) {
    Fabric fabric = two({.delay = 1ms, .jitter = 5ms, .reorder = reorder});
    for (std::uint8_t i = 0; i < 100; ++i) fabric.accept(0, 1, packet(i), Instant(i * 1000));
    const auto all = drain(fabric);
    REQUIRE(all.size() == 100);
    bool overtaken = false;
    for (std::uint8_t i = 0; i < 100; ++i) {
      overtaken = overtaken || all[i].packet[0] != i;
      CHECK(all[i].due >= Instant(all[i].packet[0] * 1000));
    }
    CHECK(overtaken == reorder);
  }
}

TEST_CASE("as many packets are lost as was asked for, and they are counted") {
  Fabric fabric = two({.loss_ppm = 20'000, .queue_packets = 100'000});
  constexpr int count = 100'000;
  for (int i = 0; i < count; ++i) fabric.accept(0, 1, packet(1, 10), 0ns);
  const PathCounts& counts = fabric.counts(0, 1);
  CHECK(counts.packets + counts.lost == count);
  CHECK(counts.bytes == counts.packets * 10);
  // Five standard deviations of a binomial: √(n p (1 − p)) = 44.3.
  CHECK(std::abs(static_cast<double>(counts.lost) - 2000) < 5 * 44.3);
  CHECK(fabric.counts(1, 0) == PathCounts{});

  Fabric none = two({.loss_ppm = 1'000'000});
  CHECK(none.accept(0, 1, packet(1), 0ns) == Fate::lost);
}

TEST_CASE("the same seed gives the same fates, another seed others") {
  const auto fates = [](std::uint64_t seed) {
    Fabric fabric = two({.delay = 5ms, .jitter = 1ms, .loss_ppm = 300'000}, seed);
    std::vector<std::int64_t> out;
    for (int i = 0; i < 100; ++i) {
      const bool kept = fabric.accept(0, 1, packet(1), i * 1s) == Fate::accepted;
      out.push_back(kept ? fabric.take(Instant::max())->due.count() : -1);
    }
    return out;
  };
  CHECK(fates(1) == fates(1));
  CHECK(fates(1) != fates(2));
  CHECK(fates(1) != fates(std::uint64_t{1} << 40U));
}

TEST_CASE("one path's packets leave another path's fates as they are") {
  Fabric alone = two({.jitter = 1ms});
  Fabric both = two({.jitter = 1ms});
  for (int i = 0; i < 10; ++i) {
    both.accept(1, 0, packet(1), i * 1s);
    REQUIRE(both.take(Instant::max()));
    alone.accept(0, 1, packet(1), i * 1s);
    both.accept(0, 1, packet(1), i * 1s);
    CHECK(alone.take(Instant::max())->due == both.take(Instant::max())->due);
  }
}

TEST_CASE("a full queue drops, counts, and takes packets again when one has arrived") {
  Fabric fabric = two({.delay = 10ms, .queue_packets = 3});
  for (int i = 0; i < 3; ++i) REQUIRE(fabric.accept(0, 1, packet(1), 0ns) == Fate::accepted);
  CHECK(fabric.accept(0, 1, packet(1), 0ns) == Fate::overflowed);
  CHECK(fabric.accept(1, 0, packet(1), 0ns) == Fate::accepted);
  CHECK(fabric.counts(0, 1).overflowed == 1);
  CHECK(fabric.counts(0, 1).packets == 3);
  REQUIRE(fabric.take(10ms));
  CHECK(fabric.accept(0, 1, packet(1), 10ms) == Fate::accepted);
}

TEST_CASE("all paths together hold no more than their bytes") {
  Fabric fabric = two({.delay = 1s, .queue_packets = queue_packets_max});
  const std::size_t fit = held_bytes_max / packet_bytes_max;
  std::size_t taken = 0;
  while (taken <= fit && fabric.accept(0, 1, packet(1, packet_bytes_max), 0ns) == Fate::accepted)
    ++taken;
  CHECK(taken == fit);
  CHECK(fabric.counts(0, 1).overflowed == 1);
  REQUIRE(fabric.take(Instant::max()));
  CHECK(fabric.accept(1, 0, packet(1, packet_bytes_max), 0ns) == Fate::accepted);
}

TEST_CASE("a rate makes packets wait for those before them, and for their own size") {
  Fabric fabric = two({.delay = 10ms, .rate_bits = 8'000'000});  // a byte in a microsecond
  fabric.accept(0, 1, packet(1, 1000), 0ns);
  fabric.accept(0, 1, packet(2, 500), 0ns);
  fabric.accept(0, 1, packet(3, 500), 5ms);
  fabric.accept(1, 0, packet(4, 100), 0ns);
  const auto all = drain(fabric);
  REQUIRE(all.size() == 4);
  CHECK((all[0].packet[0] == 4 && all[0].due == Instant(10'100us)));
  CHECK((all[1].packet[0] == 1 && all[1].due == Instant(11ms)));
  CHECK((all[2].packet[0] == 2 && all[2].due == Instant(11'500us)));
  CHECK((all[3].packet[0] == 3 && all[3].due == Instant(15'500us)));
}
