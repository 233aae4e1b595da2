// tests/unit/nebula-adapter/cert_v2_test.cpp — version 2: canonical bytes and what is refused.
#include "nebula-adapter/cert_v2.h"

#include <catch2/catch.hpp>

#include "base/time.h"
#include "nebula-adapter/der.h"
#include "tests/support/nebula_ca.h"
#include "tests/support/nebula_vectors.h"

namespace jointca::nebula {
namespace {

using test::prefix;

Details upstream_details() {
  Details out;
  out.name = "testing";
  out.networks = {prefix("10.1.1.2/16"), prefix("10.1.1.1/24")};
  out.unsafe_networks = {prefix("9.1.1.3/16"), prefix("9.1.1.2/24")};
  out.groups = {"test-group1", "test-group2", "test-group3"};
  out.not_before = unix_seconds(*time_from_rfc3339("1996-05-05T00:00:00Z"));
  out.not_after = out.not_before + 60;
  out.issuer = *from_hex("1234567890abcdef1234567890abcdef");
  out.public_key = to_bytes("1234567890abcedfghij1234567890ab");
  return out;
}

Details host() {
  Details out = upstream_details();
  out.networks = {prefix("10.1.1.1/24")};
  out.unsafe_networks = {};
  out.groups = {};
  return out;
}

Parsed<Certificate> parse(const Details& details) {
  return v2::parse(
      v2::encode(v2::encode_details(details), details.curve, details.public_key, Bytes{1}));
}

/// A certificate around the content of a details element.
Parsed<Certificate> parse_content(const std::string& hex) {
  const Bytes details = std::move(DerWriter().element(0xa0, *from_hex(hex))).take();
  return v2::parse(v2::encode(details, Curve::curve25519, Bytes(32, 7), Bytes{1}));
}

const std::string name = "800168", networks = "a10704050a00000218",
                  times =
                      "850100"
                      "860101";

TEST_CASE("v2 details are encoded as upstream's stability test has them") {
  CHECK(to_hex(v2::encode_details(upstream_details())) == test::upstream().v2_details);
  const Details details = upstream_details();
  CHECK(to_hex(v2::to_be_signed(v2::encode_details(details), details.curve, details.public_key)) ==
        test::upstream().v2_details + "00" + to_hex(details.public_key));
}

TEST_CASE("the v2 fingerprint is upstream's") {
  Certificate certificate{Version::v2, upstream_details(), {}, {}};
  certificate.details.networks = {prefix("10.1.1.1/24"), prefix("10.1.1.2/16")};
  certificate.details.unsafe_networks = {prefix("9.1.1.2/24"), prefix("9.1.1.3/16")};
  certificate.details.not_before = unix_seconds(*time_from_rfc3339("0000-11-30T01:00:00Z"));
  certificate.details.not_after = certificate.details.not_before + 3600;
  certificate.details.issuer = *from_hex("1234567890abcedf1234567890abcedf");
  certificate.details.public_key = to_bytes("1234567890abcedf1234567890abcedf");
  certificate.signature =
      to_bytes("1234567890abcedf1234567890abcedf1234567890abcedf1234567890abcedf");
  certificate.raw_details = v2::encode_details(certificate.details);
  CHECK(to_hex(fingerprint(certificate)) == test::upstream().v2_fingerprint);
}

TEST_CASE("v2 survives a round trip with every field") {
  Details details = upstream_details();
  details.networks = {prefix("10.1.1.1/24"), prefix("fd00::1/64")};
  details.unsafe_networks = {prefix("9.0.0.0/8"), prefix("::/0")};
  details.is_ca = true;
  details.curve = Curve::p256;
  details.not_after = 0x80000000;
  const auto certificate = parse(details);
  REQUIRE(certificate);
  CHECK(certificate->details == details);
  CHECK(*v2::parse(encode_certificate(*certificate)) == *certificate);
}

TEST_CASE("v2 sorts networks and signs them as received") {
  const auto certificate = parse(upstream_details());
  REQUIRE(certificate);
  CHECK(certificate->details.networks == std::vector{prefix("10.1.1.1/24"), prefix("10.1.1.2/16")});
  CHECK(to_hex(certificate->raw_details) == test::upstream().v2_details);
}

TEST_CASE("v2 ignores what follows, and it does not change the fingerprint") {
  const Certificate plain = *parse_content(name + networks + times);
  CHECK(parse_content(name + networks + times + "9f01"));
  const std::string body = to_hex(plain.raw_details) + "8220" + std::string(64, '7');
  const auto wrapped = [&](const std::string& hex) {
    return std::move(DerWriter().element(0x30, *from_hex(hex))).take();
  };
  Bytes trailing = wrapped(body + "830101" + "00");
  trailing.push_back(0xff);
  Bytes key(32, 0x77);
  for (const Bytes& bytes : {wrapped(body + "830101"), trailing,
                             wrapped(to_hex(plain.raw_details) +
                                     "810100"
                                     "8220" +
                                     to_hex(key) + "830101")}) {
    const auto certificate = v2::parse(bytes);
    REQUIRE(certificate);
    CHECK(fingerprint(*certificate) == fingerprint(*v2::parse(wrapped(body + "830101"))));
  }
}

TEST_CASE("v2 takes any byte but 0 for true") {
  CHECK(parse_content(name + networks + "840101" + times)->details.is_ca);
  CHECK_FALSE(parse_content(name + networks + "840100" + times)->details.is_ca);
}

TEST_CASE("v2 details with a broken element are refused") {
  CHECK(parse_content(name + networks + times));
  const std::string long_name(2 * 253, '6'), too_long(2 * 254, '6');
  CHECK(parse_content("8081fd" + long_name + networks + times));
  const std::vector<std::pair<std::string, std::string>> bad{
      {"a name of 254 bytes", "8081fe" + too_long + networks + times},
      {"an empty name", "8000" + networks + times},
      {"no name", networks + times},
      {"no networks", name + times},
      {"an empty network", name + "a1020400" + times},
      {"a network of 18 bytes", name + "a1140412" + std::string(36, '0') + times},
      {"a length alone", name + "a103040118" + times},
      {"an address of 5 bytes", name + "a10804060a0000020018" + times},
      {"a prefix of 33", name + "a10704050a00000221" + times},
      {"a prefix of 129", name + "a1130411fd" + std::string(28, '0') + "0181" + times},
      {"another element among the networks", name + "a1090c0705" + times},
      {"an unsafe network of 33", name + networks + "a20704050a00000221" + times},
      {"an empty group", name + networks + "a3020c00" + times},
      {"a group of another type", name + networks + "a303040161" + times},
      {"isCA of no byte", name + networks + "8400" + times},
      {"isCA of two bytes", name + networks + "8402ffff" + times},
      {"no notBefore", name + networks + "860101"},
      {"no notAfter", name + networks + "850100"},
      {"notBefore not minimal", name + networks +
                                    "85020001"
                                    "860101"},
      {"notAfter of nine bytes", name + networks +
                                     "850100"
                                     "8609" +
                                     std::string(18, '1')},
      {"a truncated issuer", name + networks + times + "872000"},
      {"nothing", ""},
  };
  for (const auto& [what, hex] : bad) {
    INFO(what);
    CHECK_FALSE(parse_content(hex));
  }
}

TEST_CASE("v2 networks that Nebula refuses are refused") {
  const auto with = [](auto change) {
    Details details = host();
    change(details);
    return parse(details);
  };
  CHECK(with([](Details&) {}));
  CHECK_FALSE(with([](Details& d) { d.networks = {prefix("0.0.0.0/8")}; }));
  CHECK_FALSE(with([](Details& d) { d.networks = {prefix("::/64")}; }));
  CHECK_FALSE(with([](Details& d) { d.networks = {prefix("::ffff:10.0.0.1/120")}; }));
  CHECK_FALSE(with([](Details& d) {
    d.networks = {prefix("10.1.1.1/24"), prefix("10.1.1.1/24")};
  }));
  CHECK(with([](Details& d) { d.networks = {prefix("10.1.1.1/24"), prefix("10.1.1.1/16")}; }));
  CHECK_FALSE(with([](Details& d) { d.unsafe_networks = {prefix("fd00::/8")}; }));
  CHECK_FALSE(with([](Details& d) {
    d.networks = {prefix("fd00::1/64")};
    d.unsafe_networks = {prefix("9.0.0.0/8")};
  }));
  CHECK_FALSE(with([](Details& d) {
    d.unsafe_networks = {prefix("9.0.0.0/8"), prefix("9.0.0.0/8")};
  }));
  CHECK(with([](Details& d) { d.unsafe_networks = {prefix("0.0.0.0/0")}; }));
  CHECK(with([](Details& d) {
    d.is_ca = true;
    d.networks = {};
    d.unsafe_networks = {prefix("fd00::/8")};
  }));
}

TEST_CASE("v2 needs a key, a signature and an envelope of at most 64 KiB") {
  const Bytes details = v2::encode_details(host());
  CHECK_FALSE(v2::parse(v2::encode(details, Curve::curve25519, {}, Bytes{1})));
  CHECK_FALSE(v2::parse(v2::encode(details, Curve::curve25519, Bytes(32, 7), {})));
  CHECK_FALSE(v2::parse(v2::encode({}, Curve::curve25519, Bytes(32, 7), Bytes{1})));
  CHECK_FALSE(v2::parse({}));
  Bytes padded = v2::encode(details, Curve::curve25519, Bytes(32, 7), Bytes{1});
  padded.resize(65536);
  CHECK(v2::parse(padded));
  padded.push_back(0);
  CHECK_FALSE(v2::parse(padded));
}

}  // namespace
}  // namespace jointca::nebula
