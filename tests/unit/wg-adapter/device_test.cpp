// tests/unit/wg-adapter/device_test.cpp — what `wg show IF dump` prints is read, strictly.
#include "wg-adapter/device.h"

#include <catch2/catch.hpp>

#include "crypto/hash.h"

namespace jointca::wireguard {
namespace {

Digest key(std::string_view name) { return sha256(as_bytes(name)); }
std::string text(std::string_view name) { return to_base64(key(name)); }

const std::string interface_line = text("private") + "\t" + text("public") + "\t51820\toff\n";

std::string peer_line(std::string_view name, const std::string& rest) {
  return text(name) + "\t" + rest + "\n";
}

std::string refusal(const std::string& dump) {
  const auto device = parse_dump(dump);
  return device ? "ok" : device.error().text();
}

TEST_CASE("interface and peers are read, peers sorted by key") {
  const std::string first = peer_line(
      "a", "(none)\t192.0.2.1:5\t10.0.0.2/32,fd77::1/128,10.0.0.1/32\t1795400000\t1\t2\t25");
  const std::string second = peer_line("b", text("psk") + "\t(none)\t(none)\t0\t0\t0\toff");
  const auto device = parse_dump(interface_line + second + first);
  REQUIRE(device);
  CHECK(device->public_key == key("public"));
  CHECK(device->listen_port == 51820);
  REQUIRE(device->peers.size() == 2);
  CHECK(device->peers[0].public_key < device->peers[1].public_key);
  const Peer& a = device->peers[key("a") < key("b") ? 0 : 1];
  CHECK(a.endpoint == "192.0.2.1:5");
  CHECK(a.allowed_ips == std::vector{*ca::Prefix::parse("10.0.0.1/32"),
                                     *ca::Prefix::parse("10.0.0.2/32"),
                                     *ca::Prefix::parse("fd77::1/128")});
  CHECK(a.keepalive == 25);
  CHECK(a.latest_handshake == 1795400000);
  const Peer& b = device->peers[key("a") < key("b") ? 1 : 0];
  CHECK(b == Peer{key("b"), "", {}, 0, 0});
  CHECK(*parse_dump(interface_line + first + second) == *device);
}

TEST_CASE("an interface without a private key has no public one") {
  const auto device = parse_dump("(none)\t(none)\t0\toff\n");
  REQUIRE(device);
  CHECK_FALSE(device->public_key);
}

TEST_CASE("what is no dump is refused with its line") {
  const std::string good = "(none)\t(none)\t10.0.0.1/32\t0\t0\t0\toff";
  CHECK(refusal(interface_line + peer_line("a", good)) == "ok");
  CHECK(refusal("") == "line 1: expected 4 fields of an interface");
  CHECK(refusal("wg0\t" + interface_line) == "line 1: expected 4 fields of an interface");
  CHECK(refusal(text("x") + "\tkey\t1\toff\n") == "line 1: expected a key");
  CHECK(refusal(text("x") + "\t(none)\t65536\toff\n") == "line 1: expected a number");
  CHECK(refusal(interface_line + "x\n") == "line 2: expected 8 fields of a peer");
  CHECK(refusal(interface_line + "x\t" + good + "\n") == "line 2: expected a key");
  CHECK(refusal(interface_line + peer_line("a", good) +
                peer_line("b", "(none)\t(none)\t10.0.0.1\t0\t0\t0\toff"))
            .starts_with("line 3: expected a network"));
  CHECK(refusal(interface_line + peer_line("a", "(none)\t(none)\t(none)\t0\t0\t0\t-1")) ==
        "line 2: expected a number");
  CHECK(refusal(std::string(dump_bytes_max + 1, '\n')) == "dump: too long");
}

TEST_CASE("the digest of the settings covers what does not change by itself") {
  const auto digest = [](auto change) {
    Device device{key("public"), 51820, {{key("a"), "192.0.2.1:5", {}, 25, 7}}};
    change(device);
    return settings_digest(device);
  };
  const Digest before = digest([](Device&) {});
  CHECK(digest([](Device& d) { d.peers[0].endpoint = "192.0.2.9:9"; }) == before);
  CHECK(digest([](Device& d) { d.peers[0].latest_handshake = 8; }) == before);
  CHECK(digest([](Device& d) { d.public_key.reset(); }) != before);
  CHECK(digest([](Device& d) { d.listen_port = 1; }) != before);
  CHECK(digest([](Device& d) { d.peers[0].keepalive = 0; }) != before);
  CHECK(digest([](Device& d) { d.peers[0].public_key = key("b"); }) != before);
  CHECK(digest([](Device& d) {
          d.peers[0].allowed_ips.push_back(*ca::Prefix::parse("10.0.0.1/32"));
        }) != before);
  CHECK(digest([](Device& d) { d.peers.clear(); }) != before);
}

TEST_CASE("the names of interfaces are safe as file names and arguments") {
  for (const char* good : {"wg0", "a", "jointca.1_2=3", "0wg"}) CHECK(is_interface_name(good));
  for (const char* bad : {"", "-wg0", ".", "..", "../x", "a/b", "wg 0", "sixteen-letters-", "wg\n"})
    CHECK_FALSE(is_interface_name(bad));
}

}  // namespace
}  // namespace jointca::wireguard
