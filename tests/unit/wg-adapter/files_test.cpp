// tests/unit/wg-adapter/files_test.cpp — the texts that `wg` reads, key files, the list of
// bindings, and the state of an interface.
#include <catch2/catch.hpp>

#include "crypto/jws.h"
#include "tests/support/bindings.h"
#include "tests/support/seeded_rng.h"
#include "wg-adapter/config.h"
#include "wg-adapter/open_all.h"
#include "wg-adapter/state.h"

namespace jointca::wireguard {
namespace {

const PeerSettings web{"web",
                       {},
                       Digest{1},
                       {*ca::Prefix::parse("10.42.0.2/32"), *ca::Prefix::parse("fd77::2/128")},
                       "192.0.2.1:51820",
                       25};

TEST_CASE("peers are written as wg addconf reads them") {
  PeerSettings silent = web;
  silent.endpoint = "";
  silent.keepalive = 0;
  const std::string key = to_base64(web.public_key);
  CHECK(peers_text({web, silent}) ==
        "[Peer]\n# web\nPublicKey = " + key +
            "\nAllowedIPs = 10.42.0.2/32, fd77::2/128\nEndpoint = 192.0.2.1:51820\n"
            "PersistentKeepalive = 25\n[Peer]\n# web\nPublicKey = " +
            key + "\nAllowedIPs = 10.42.0.2/32, fd77::2/128\nPersistentKeepalive = 0\n");
  CHECK(peers_text({}).empty());
}

TEST_CASE("a wg-quick file has the interface, its key and its peers") {
  test::SeededRng rng(1);
  const X25519Key key = X25519Key::generate(rng);
  const SecretBytes with_port = quick_text(key, test::binding(1), 51820, {web});
  CHECK(to_text(with_port.expose()) ==
        std::string(quick_mark) + "[Interface]\nPrivateKey = " + to_base64(key.secret().expose()) +
            "\nAddress = 10.42.0.1/16\nListenPort = 51820\n" + peers_text({web}));
  const SecretBytes bare = quick_text(key, test::binding(1), std::nullopt, {});
  CHECK(to_text(bare.expose()).ends_with("Address = 10.42.0.1/16\n"));
}

TEST_CASE("a private key file is base64 with or without its newline") {
  test::SeededRng rng(2);
  const X25519Key key = X25519Key::generate(rng);
  const SecretBytes written = encode_private_key(key);
  const BytesView text = written.expose();
  CHECK(text.size() == 45);
  CHECK(parse_private_key(text)->public_key() == key.public_key());
  CHECK(parse_private_key(text.first(44))->public_key() == key.public_key());
  for (const std::string& bad : {std::string(), std::string("\n"), std::string(44, 'A'),
                                 std::string(45, '='), to_text(text) + "\n", to_base64(Bytes(31))})
    CHECK_FALSE(parse_private_key(as_bytes(bad)));
}

TEST_CASE("the port of an endpoint") {
  CHECK(port_of("192.0.2.1:51820") == 51820);
  CHECK(port_of("[2001:db8::1]:1") == 1);
  CHECK_FALSE(port_of(""));
}

TEST_CASE("many bindings are opened as if one by one") {
  std::vector<std::string> tokens;
  for (std::uint16_t i = 1; i <= 300; ++i) tokens.push_back(test::signed_token(test::binding(i)));
  Binding foreign = test::binding(301);
  foreign.authority = {};
  tokens[7] = test::signed_token(test::binding(8), test::bindings_key(9));
  tokens[200] = "no token";
  tokens.push_back(test::signed_token(foreign));
  const Digest authority = test::binding(1).authority;
  const PublicKey key = test::bindings_key().public_key();
  const OpenedAll all = open_all(tokens, authority, key);
  CHECK(all.opened.size() == 298);
  CHECK(all.left_out.size() == 3);
  std::vector<Opened> singly;
  for (const std::string& token : tokens)
    if (const auto opened = open(token, authority, key))
      singly.push_back({*opened, fingerprint(*opened)});
  REQUIRE(singly.size() == all.opened.size());
  for (std::size_t i = 0; i < singly.size(); ++i) {
    CHECK(singly[i].binding == all.opened[i].binding);
    CHECK(singly[i].fingerprint == all.opened[i].fingerprint);
  }
  CHECK(all.left_out[0].rule == "signature");
  CHECK(open_all({}, authority, key).opened.empty());
}

TEST_CASE("what is said of a token that anyone may have written is one line of text") {
  const auto refusal = [](const std::string& payload) {
    const std::string header = R"({"alg":"EdDSA","typ":"jointca-binding+jwt"})";
    const std::string input = jws::signing_input(header, payload);
    return open_all({jws::join(input, Bytes(64))}, Digest{}, PublicKey{}).left_out.at(0).reason;
  };
  CHECK(refusal(R"({"x":1})") == "the binding is refused: binding.iss: missing");
  CHECK(refusal("{\"iss\":1}") == "the binding is refused: binding.iss: expected a text");
  const std::string good =
      jws::parse_signing_input(to_text(to_be_signed(test::binding(1))))->payload;
  const auto with_field = [&](const std::string& field) {
    return refusal(good.substr(0, good.size() - 1) + ",\"" + field + "\":1}");
  };
  CHECK(with_field("x") == "the binding is refused: binding.x: unknown field");
  CHECK(with_field("\\u001b[2J") == "the binding is refused: not a binding");
}

InterfaceState full_state() {
  InterfaceState state;
  state.interface = "wg0";
  state.incarnation = {7, "boot"};
  state.made_by = "wireguard-go";
  state.addresses = {*ca::Prefix::parse("10.42.0.1/16")};
  state.up = state.key = true;
  state.port_before = 1;
  state.owned = {{Digest{1}, "192.0.2.1:1"}, {Digest{2}, ""}};
  state.revocations_number = 3;
  state.applied = Applied{Digest{3},
                          Digest{4},
                          test::bindings_now,
                          Time::max(),
                          "expired",
                          {"old list"},
                          {{"web", "00", "overlap", "why"}}};
  return state;
}

TEST_CASE("the state of an interface is read back as it was written") {
  InterfaceState state = full_state();
  CHECK(*state_from_json(to_json(state)) == state);
  state.applied->next_change = test::bindings_now;
  CHECK(*state_from_json(to_json(state)) == state);
  state.applied.reset();
  state.port_before.reset();
  CHECK(*state_from_json(to_json(state)) == state);
  CHECK(*state_from_json(to_json(InterfaceState{})) == InterfaceState{});
}

TEST_CASE("another file is not taken for the state of an interface") {
  const auto refusal = [](std::string_view from, std::string_view to) {
    std::string text = to_json(full_state());
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    const auto read = state_from_json(text.replace(at, from.size(), to));
    return read ? "ok" : read.error().text();
  };
  CHECK(refusal("wireguard-interface", "nebula") == "state.type: not a WireGuard interface's");
  CHECK(refusal("\"version\": 1", "\"version\": 2") == "state.version: out of range");
  CHECK(refusal("\"up\"", "\"down\"") == "state.up: missing");
  CHECK(refusal("\"up\"", "\"x\": 1, \"up\"") == "state.x: unknown field");
  CHECK(refusal("10.42.0.1/16", "10.42.0.1").starts_with("state.addresses[0]: expected a network"));
  CHECK(refusal("\"AQAA", "\"AQ") == "state.owned: expected keys in base64");
  CHECK(refusal("0300", "03") == "state.applied.input: expected 32 bytes in hexadecimal");
}

}  // namespace
}  // namespace jointca::wireguard
