// tests/unit/nebula-adapter/cert_v1_test.cpp — version 1: canonical bytes and tolerant reading.
#include "nebula-adapter/cert_v1.h"

#include <catch2/catch.hpp>

#include "base/time.h"
#include "crypto/hash.h"
#include "tests/support/nebula_ca.h"
#include "tests/support/nebula_vectors.h"

namespace jointca::nebula {
namespace {

using test::prefix;

const std::string key(64, '7');

/// A certificate of these details fields in hex, with the signature ff.
Parsed<Certificate> parse_details(const std::string& hex) {
  const Bytes details = *from_hex(hex);
  Bytes out{0x0a, static_cast<std::uint8_t>(details.size())};
  out.insert(out.end(), details.begin(), details.end());
  out.insert(out.end(), {0x12, 0x01, 0xff});
  return v1::parse(out);
}

/// Name "h", 10.0.0.2/24, key: the least that a host needs.
const std::string host =
    "0a0168"
    "12098280805080feffff0f"
    "3a20" +
    key;

TEST_CASE("v1 is encoded as upstream's consistency test has it") {
  const auto vector = test::upstream();
  const Bytes bytes = *from_hex(vector.v1_certificate);
  const auto certificate = v1::parse(bytes);
  REQUIRE(certificate);
  CHECK(to_hex(encode_certificate(*certificate)) == vector.v1_certificate);
  CHECK(to_hex(to_be_signed(*certificate)) == vector.v1_details);
  const Details& details = certificate->details;
  CHECK(details.name == "testing");
  CHECK(details.networks == std::vector{prefix("10.1.1.2/16"), prefix("10.1.1.1/24")});
  CHECK(details.unsafe_networks == std::vector{prefix("9.1.1.3/16"), prefix("9.1.1.2/24")});
  CHECK(details.groups == std::vector<std::string>{"test-group1", "test-group2", "test-group3"});
  CHECK(details.not_before == 3661);
  CHECK(to_rfc3339(time_from_unix(details.not_after)) == "9999-01-01T01:01:01Z");
  CHECK(to_hex(details.issuer) == "1234567890abcedf");
}

TEST_CASE("the v1 fingerprint is upstream's, also for times before year 1") {
  Certificate certificate = *v1::parse(*from_hex(test::upstream().v1_certificate));
  certificate.details.networks = {prefix("10.1.1.1/24"), prefix("10.1.1.2/16")};
  certificate.details.unsafe_networks = {prefix("9.1.1.2/24"), prefix("9.1.1.3/16")};
  certificate.details.not_before = unix_seconds(*time_from_rfc3339("0000-11-30T01:00:00Z"));
  certificate.details.not_after = certificate.details.not_before + 3600;
  CHECK(to_hex(fingerprint(certificate)) == test::upstream().v1_fingerprint);
}

TEST_CASE("v1 takes the least that a host needs") {
  const auto certificate = parse_details(host);
  REQUIRE(certificate);
  CHECK(certificate->details.networks == std::vector{prefix("10.0.0.2/24")});
  CHECK(certificate->details.curve == Curve::curve25519);
  CHECK(certificate->raw_details.empty());
}

TEST_CASE("v1 drops unknown fields and fields of another wire type") {
  const auto plain = *parse_details(host);
  for (const std::string extra : {"5001", "0801", "0d01020304", "0b0c", "c23e0161"})
    CHECK(parse_details(host + extra).has_value());
  for (const std::string extra : {"5001", "0801", "0d01020304", "0b0c", "c23e0161"})
    CHECK(fingerprint(*parse_details(host + extra)) == fingerprint(plain));
}

TEST_CASE("v1 keeps the last of a repeated field and joins lists and halves") {
  CHECK(parse_details(host + "0a0169")->details.name == "i");
  CHECK(parse_details(host + "0a00")->details.name.empty());
  CHECK(parse_details(host + "40014000")->details.is_ca == false);
  // 10.0.0.3/24 unpacked, after the packed one
  CHECK(parse_details(host + "108380805010"
                             "80feffff0f")
            ->details.networks.size() == 2);
  const Bytes halves = *from_hex(
      "0a030a0168"
      "0a0b12098280805080feffff0f"
      "0a223a20" +
      key);
  REQUIRE(v1::parse(halves));
  CHECK(v1::parse(halves)->details == parse_details(host)->details);
}

TEST_CASE("v1 reads a mask with a hole as the length 0") {
  const auto certificate = parse_details(
      "12098280805080fe83f80f"
      "3a20" +
      key);
  REQUIRE(certificate);
  CHECK(certificate->details.networks == std::vector{prefix("10.0.0.2/0")});
}

TEST_CASE("v1 numbers lose their high bits") {
  // 2^40 + 10.0.0.2 and 2^63 + the mask of /24
  const auto certificate = parse_details(
      "1210828080d0802080feffff8f8080808001"
      "3a20" +
      key);
  REQUIRE(certificate);
  CHECK(certificate->details.networks == std::vector{prefix("10.0.0.2/24")});
}

TEST_CASE("v1 keeps curves that nobody knows, so that they never verify") {
  CHECK(parse_details(host + "a00601")->details.curve == Curve::p256);
  CHECK(static_cast<int>(parse_details(host + "a0068002")->details.curve) == 256);
  CHECK(static_cast<int>(parse_details(host + "a006ffffffffffffffffff01")->details.curve) == -1);
}

TEST_CASE("v1 refuses what Nebula refuses") {
  const std::vector<std::pair<std::string, std::string>> bad{
      {"no key",
       "0a0168"
       "12098280805080feffff0f"},
      {"an empty key",
       "12098280805080feffff0f"
       "3a00"},
      {"no network", "3a20" + key},
      {"the zero address",
       "12060080feffff0f"
       "3a20" +
           key},
      {"an address without a mask",
       "120482808050"
       "3a20" +
           key},
      {"an unsafe address without a mask", host + "1a0482808050"},
      {"a broken list",
       "12018028"
       "3a20" +
           key},
      {"a name that is not UTF-8", host + "0a01ff"},
      {"a group that is not UTF-8", host + "2201ff"},
      {"a truncated field", host + "0a05"},
  };
  for (const auto& [what, hex] : bad) {
    INFO(what);
    CHECK_FALSE(parse_details(hex));
  }
  CHECK_FALSE(v1::parse({}));
  CHECK(v1::parse(*from_hex("980000")).error().reason == "the certificate has no details");
  CHECK_FALSE(v1::parse(*from_hex("0a05")));
}

TEST_CASE("a v1 CA may have no networks") {
  CHECK(parse_details("3a20" + key + "4001"));
  CHECK_FALSE(
      parse_details("12060080feffff0f"
                    "3a20" +
                    key + "4001"));
}

}  // namespace
}  // namespace jointca::nebula
