// tests/unit/wg-adapter/binding_test.cpp — one text per binding, and who opens it when.
#include "wg-adapter/binding.h"

#include <catch2/catch.hpp>

#include "crypto/jws.h"
#include "tests/support/bindings.h"

namespace jointca::wireguard {
namespace {

using test::binding;
using test::bindings_key;
using test::bindings_now;
using test::signed_token;

constexpr std::string_view header = R"({"alg":"EdDSA","typ":"jointca-binding+jwt"})";

std::string payload_of(const Binding& value) {
  return jws::parse_signing_input(to_text(to_be_signed(value)))->payload;
}

/// Why these claims are refused, or "ok".
std::string refusal(std::string_view payload, std::string_view head = header) {
  const auto read = parse_to_be_signed(as_bytes(jws::signing_input(head, payload)));
  return read ? "ok" : read.error().text();
}

/// The refusal of the claims of host 1 with the first `from` replaced.
std::string refusal_with(std::string_view from, std::string_view to) {
  std::string payload = payload_of(binding(1));
  const std::size_t at = payload.find(from);
  REQUIRE(at != std::string::npos);
  return refusal(payload.replace(at, from.size(), to));
}

TEST_CASE("a binding's claims are a JSON Web Token in one text") {
  Binding value = binding(2);
  value.public_key.fill(1);
  value.serial.fill(0xbb);
  CHECK(payload_of(value) ==
        R"({"iss":")" + std::string(64, 'a') + R"(","sub":"host-2","nbf":1795400000,)" +
            R"("exp":1795486400,"jti":")" + std::string(64, 'b') +
            R"(","groups":["servers"],"networks":["10.42.0.2/16"],"wireguard":)" +
            R"({"public_key":"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=",)" +
            R"("endpoint":"192.0.2.1:2"}})");
  CHECK(jws::parse_signing_input(to_text(to_be_signed(value)))->header == header);
}

TEST_CASE("what is encoded parses back") {
  Binding value = binding(3);
  CHECK(*parse_to_be_signed(to_be_signed(value)) == value);
  value.endpoint = "[2001:db8::1]:51820";
  value.groups = {};
  value.networks.push_back(*ca::Prefix::parse("fd77::3/64"));
  CHECK(*parse_to_be_signed(to_be_signed(value)) == value);
  value.endpoint = "";
  CHECK(*parse_to_be_signed(to_be_signed(value)) == value);
}

TEST_CASE("any other text of the same claims is refused") {
  CHECK(refusal(payload_of(binding(1))) == "ok");
  CHECK(refusal_with("{\"iss\"", "{ \"iss\"") == "binding: not in canonical form");
  CHECK(refusal_with("10.42.0.1/16", "10.42.0.1\\/16") == "binding: not in canonical form");
  CHECK(refusal_with("\"sub\"", "\"SUB\"") == "binding.sub: missing");
  CHECK(refusal_with("\"nbf\"", "\"iat\":1,\"nbf\"") == "binding.iat: unknown field");
  CHECK(refusal_with("\"endpoint\"", "\"mtu\":1,\"endpoint\"") ==
        "binding.wireguard.mtu: unknown field");
  CHECK(refusal_with("\"sub\":", "\"sub\":\"a\",\"sub\":") == "binding: duplicate field \"sub\"");
  CHECK(refusal(payload_of(binding(1)), R"({"alg":"EdDSA"})") == "header: not a binding's");
  CHECK(parse_to_be_signed(Bytes(binding_bytes_max + 1)).error().text() == "binding: too long");
}

TEST_CASE("each claim is of its kind and within its limits") {
  CHECK(refusal_with("\"iss\":\"aa", "\"iss\":\"AA") ==
        "binding.iss: expected 32 bytes in hexadecimal");
  CHECK(refusal_with("host-1", "-host") == "binding.sub: not the name of a host");
  CHECK(refusal_with("1795400000", "-1") == "binding.nbf: out of range");
  CHECK(refusal_with("1795486400", "253402300800") == "binding.exp: out of range");
  CHECK(refusal_with("1795486400", "1795486400.0") == "binding.exp: expected an integer");
  CHECK(refusal_with("\"servers\"", "\"a,b\"") == "binding.groups[0]: not the name of a group");
  CHECK(refusal_with("10.42.0.1/16", "10.42.0.1") ==
        "binding.networks[0]: expected a network like 10.42.0.0/16");
  CHECK(refusal_with("\"10.42.0.1/16\"", "") == "binding.networks: expected a network");
  CHECK(refusal_with("192.0.2.1:1", "host:1") ==
        "binding.wireguard.endpoint: expected an address and a port");
  CHECK(refusal_with("\"public_key\":\"", "\"public_key\":\"AA") ==
        "binding.wireguard.public_key: expected 32 bytes in base64");
}

TEST_CASE("a token opens under its authority and key only") {
  const Binding value = binding(1);
  const PublicKey key = bindings_key().public_key();
  CHECK(*open(signed_token(value), value.authority, key) == value);
  const auto refused = [&](const std::string& token, const Digest& authority) {
    const auto opened = open(token, authority, key);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == Error::Code::verification);
    return opened.error().message;
  };
  CHECK(refused(signed_token(value), Digest{}) == "the binding is another authority's");
  CHECK(refused(signed_token(value, bindings_key(8)), value.authority) ==
        "the binding is not signed by the parties");
  CHECK(refused("e30", value.authority) == "the binding is refused: token: expected three parts");
  CHECK(refused("e30.e30.e30", value.authority) ==
        "the binding is refused: header: not a binding's");
  Binding other = value;
  other.name = "host-2";
  const std::string swapped =
      jws::join(to_text(to_be_signed(other)), bindings_key().sign(to_be_signed(value)));
  CHECK(refused(swapped, value.authority) == "the binding is not signed by the parties");
}

TEST_CASE("a binding holds from not_before until before not_after") {
  const Binding value = binding(1);
  CHECK_FALSE(valid_at(value, bindings_now - Duration(1)));
  CHECK(valid_at(value, bindings_now));
  CHECK(valid_at(value, value.not_after - Duration(1)));
  CHECK_FALSE(valid_at(value, value.not_after));
}

TEST_CASE("the fingerprint is the SHA-256 of the signed bytes") {
  CHECK(fingerprint(binding(1)) == sha256(to_be_signed(binding(1))));
  CHECK(fingerprint(binding(1)) != fingerprint(binding(2)));
}

}  // namespace
}  // namespace jointca::wireguard
