// tests/unit/overlays/packet_test.cpp — destinations of packets, and how late they left.
#include "bench/overlays/packet.h"

#include <catch2/catch.hpp>

#include "bench/overlays/lateness.h"

using namespace jointca;
using namespace jointca::overlays;
using namespace std::chrono_literals;

TEST_CASE("the destination of an IPv4 and of an IPv6 packet is read") {
  Bytes v4(20);
  v4[0] = 0x45;
  std::copy_n(std::begin({198, 51, 100, 2}), 4, v4.begin() + 16);
  CHECK(destination(v4)->text() == "198.51.100.2");
  Bytes v6(48);
  v6[0] = 0x60;
  v6[24] = 0xfd;
  v6[39] = 9;
  CHECK(destination(v6)->text() == "fd00::9");
}

TEST_CASE("what is no whole IP header has no destination") {
  CHECK_FALSE(destination({}));
  Bytes bytes(20, 0x45);
  CHECK(destination(bytes));
  bytes.pop_back();
  CHECK_FALSE(destination(bytes));
  CHECK_FALSE(destination(Bytes(39, 0x60)));
  CHECK(destination(Bytes(40, 0x60)));
  CHECK_FALSE(destination(Bytes(40, 0x50)));
}

TEST_CASE("quantiles of lateness are upper bounds within a class") {
  Lateness lateness;
  CHECK(lateness.quantile(.5) == 0us);
  for (int i = 0; i < 99; ++i) lateness.add(12us);
  lateness.add(1s);
  CHECK(lateness.quantile(.5) == 15us);
  CHECK(lateness.quantile(.99) == 15us);
  CHECK(lateness.quantile(1) == Lateness::width * Lateness::classes);
  CHECK(lateness.max() == 1s);
  CHECK(lateness.count() == 100);
  Lateness early;
  early.add(-3us);
  CHECK(early.quantile(1) == 5us);
  CHECK(early.max() == 0ns);
}
