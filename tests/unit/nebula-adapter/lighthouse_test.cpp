// tests/unit/nebula-adapter/lighthouse_test.cpp — one text per lighthouse, and who opens it when.
#include "nebula-adapter/lighthouse.h"

#include <catch2/catch.hpp>

#include "crypto/jws.h"
#include "tests/support/nebula_ca.h"

namespace jointca::nebula {
namespace {

using jointca::test::key_from;

constexpr Time begin = time_from_unix(1'795'400'000);

Lighthouse lighthouse() {
  Lighthouse value;
  value.authority.fill(0xaa);
  value.serial.fill(0xbb);
  value.name = "lh1";
  value.networks = {*ca::Prefix::parse("10.42.0.1/16"), *ca::Prefix::parse("fd42::1/64")};
  value.endpoint = "192.0.2.1:4242";
  value.not_before = begin;
  value.not_after = begin + Duration(86400);
  return value;
}

std::string payload_of(const Lighthouse& value) {
  return jws::parse_signing_input(to_text(to_be_signed(value)))->payload;
}

std::string refusal_with(std::string_view from, std::string_view to) {
  std::string payload = payload_of(lighthouse());
  const std::size_t at = payload.find(from);
  REQUIRE(at != std::string::npos);
  payload.replace(at, from.size(), to);
  const auto read = parse_lighthouse(
      as_bytes(jws::signing_input(R"({"alg":"EdDSA","typ":"jointca-lighthouse+jwt"})", payload)));
  return read ? "ok" : read.error().text();
}

TEST_CASE("a lighthouse's claims are a JSON Web Token in one text") {
  CHECK(
      payload_of(lighthouse()) ==
      R"({"iss":")" + std::string(64, 'a') +
          R"(","sub":"lh1","nbf":1795400000,"exp":1795486400,"jti":")" + std::string(64, 'b') +
          R"(","networks":["10.42.0.1/16","fd42::1/64"],"nebula":{"endpoint":"192.0.2.1:4242"}})");
  CHECK(*parse_lighthouse(to_be_signed(lighthouse())) == lighthouse());
}

TEST_CASE("another text, a wrong claim or another kind of token is refused") {
  CHECK(refusal_with("lh1", "lh2") == "ok");
  CHECK(refusal_with("lh1", "-lh") != "ok");
  CHECK(refusal_with("192.0.2.1:4242", "lh.example:4242") != "ok");
  CHECK(refusal_with("192.0.2.1:4242", "") != "ok");
  CHECK(refusal_with(",\"nebula\"", ", \"nebula\"") != "ok");
  CHECK(refusal_with("\"sub\"", "\"sob\"") != "ok");
  CHECK(refusal_with("4242\"}}", "4242\"},\"x\":1}") != "ok");
  CHECK(refusal_with("[\"10.42.0.1/16\",\"fd42::1/64\"]", "[]") != "ok");
  CHECK_FALSE(parse_lighthouse(as_bytes(jws::signing_input(
      R"({"alg":"EdDSA","typ":"jointca-binding+jwt"})", payload_of(lighthouse())))));
  CHECK_FALSE(parse_lighthouse(Bytes(lighthouse_bytes_max + 1, 'a')));
}

TEST_CASE("a token opens for its authority, under its key, unchanged") {
  const SigningKey key = key_from(1);
  const Lighthouse value = lighthouse();
  const std::string token = assemble(value, key.sign(to_be_signed(value)));
  CHECK(*open_lighthouse(token, value.authority, key.public_key()) == value);
  CHECK_FALSE(open_lighthouse(token, Digest{}, key.public_key()));
  CHECK_FALSE(open_lighthouse(token, value.authority, key_from(2).public_key()));
  std::string changed = token;
  changed[token.size() - 5] = token[token.size() - 5] == 'A' ? 'B' : 'A';
  CHECK_FALSE(open_lighthouse(changed, value.authority, key.public_key()));
  CHECK_FALSE(open_lighthouse("a.b.c", value.authority, key.public_key()));
  CHECK(valid_at(value, value.not_before));
  CHECK_FALSE(valid_at(value, value.not_after));
  CHECK_FALSE(valid_at(value, value.not_before - Duration(1)));
}

TEST_CASE("a lighthouse that must not be issued is rejected by the name of the rule") {
  const auto rule = [](auto change) {
    Lighthouse value = lighthouse();
    change(value);
    const auto issuable = check_issuable(value);
    return issuable ? "issuable" : issuable.error().rule;
  };
  CHECK(rule([](Lighthouse&) {}) == "issuable");
  CHECK(rule([](Lighthouse& l) { l.name = ""; }) == "name");
  CHECK(rule([](Lighthouse& l) { l.networks.clear(); }) == "no network");
  CHECK(rule([](Lighthouse& l) { l.networks.resize(9, l.networks[0]); }) == "network count");
  CHECK(rule([](Lighthouse& l) { std::swap(l.networks[0], l.networks[1]); }) == "network order");
  CHECK(rule([](Lighthouse& l) { l.endpoint = ""; }) == "endpoint");
  CHECK(rule([](Lighthouse& l) { l.not_after = l.not_before; }) == "validity");
  CHECK(rule([](Lighthouse& l) { l.not_after = time_from_unix(253'402'300'800); }) == "encoding");
}

}  // namespace
}  // namespace jointca::nebula
