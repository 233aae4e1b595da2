// tests/unit/overlays/spec_test.cpp — what the switch is told is whole and within its limits.
#include "bench/overlays/spec.h"

#include <catch2/catch.hpp>

using namespace jointca;
using namespace jointca::overlays;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view good =
    R"({"seed":7,"seconds":60,"machines":[)"
    R"({"namespace":"a","interface":"u0","addresses":["198.51.100.1","2001:db8::1"]},)"
    R"({"namespace":"b","interface":"u0","addresses":["198.51.100.2"]}],"paths":[)"
    R"({"from":0,"to":1,"delay_us":40000,"jitter_us":300,"loss_ppm":5,"queue_packets":9,"rate_bits":8,"reorder":true},)"
    R"({"from":1,"to":0,"delay_us":0,"jitter_us":0,"loss_ppm":0,"queue_packets":1,"rate_bits":0,"reorder":false}]})";

/// The reason why the specification is refused after this replacement.
std::string refusal(std::string_view old, std::string_view replacement) {
  std::string text(good);
  const auto at = text.find(old);
  REQUIRE(at != std::string::npos);
  text.replace(at, old.size(), replacement);
  const auto spec = parse_spec(text);
  return spec ? "accepted" : spec.error().text();
}

}  // namespace

TEST_CASE("a specification is read") {
  const auto spec = parse_spec(good);
  REQUIRE(spec);
  CHECK((spec->seed == 7 && spec->seconds == 60));
  REQUIRE(spec->machines.size() == 2);
  CHECK(spec->machines[0].network_namespace == "a");
  CHECK(spec->machines[0].interface == "u0");
  REQUIRE(spec->machines[0].addresses.size() == 2);
  CHECK(spec->machines[0].addresses[1].text() == "2001:db8::1");
  REQUIRE(spec->paths.size() == 4);
  CHECK(spec->paths[1] == Path{40ms, 300us, 5, 9, 8, true});
  CHECK(spec->paths[2] == Path{0us, 0us, 0, 1, 0, false});
}

TEST_CASE("what is wrong with a specification is named") {
  const std::string_view second = R"({"from":1,"to":0)";
  CHECK(refusal(second, R"({"from":0,"to":1)").find("second path") != std::string::npos);
  CHECK(refusal(second, R"({"from":1,"to":1)").find("itself") != std::string::npos);
  CHECK(refusal(second, R"({"from":1,"to":2)") == "spec.paths[1].to: out of range");
  CHECK(refusal(R"("b","interface")", R"("../b","interface")") ==
        "spec.machines[1].namespace: expected a short name");
  CHECK(refusal(R"("u0")", R"("u000000000000000")").find("short name") != std::string::npos);
  CHECK(refusal("198.51.100.2", "198.51.100.1").find("another machine") != std::string::npos);
  CHECK(refusal("198.51.100.2", "198.51.100").find("expected an IP address") != std::string::npos);
  CHECK(refusal("40000", "10000001") == "spec.paths[0].delay_us: out of range");
  CHECK(refusal(":300", ":1000001") == "spec.paths[0].jitter_us: out of range");
  CHECK(refusal("\"loss_ppm\":5", "\"loss_ppm\":1000001") ==
        "spec.paths[0].loss_ppm: out of range");
  CHECK(refusal(":9,", ":100001,") == "spec.paths[0].queue_packets: out of range");
  CHECK(refusal("\"rate_bits\":8", "\"rate_bits\":-1") == "spec.paths[0].rate_bits: out of range");
  CHECK(refusal("\"seconds\":60", "\"seconds\":0") == "spec.seconds: out of range");
  CHECK(refusal("\"seed\":7", "\"seed\":-7") == "spec.seed: out of range");
  CHECK(refusal("\"seed\":7", "\"seed\":7,\"more\":1") != "accepted");
}

TEST_CASE("every pair of machines has a path") {
  std::string text(good);
  const auto comma = text.find(R"(,{"from":1)");
  text.erase(comma, text.rfind("]}") - comma);
  const auto spec = parse_spec(text);
  REQUIRE_FALSE(spec);
  CHECK(spec.error().text() == "spec.paths: a pair of machines has no path");
}
