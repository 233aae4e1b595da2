// tests/unit/x509-adapter/verify_test.cpp — each rule of verification, where it fails; key files.
#include "x509-adapter/verify.h"

#include <catch2/catch.hpp>

#include "tests/support/x509.h"
#include "x509-adapter/key_file.h"

namespace jointca::x509 {
namespace {

using test::x509_anchor;
using test::x509_day;
using test::x509_key;
using test::x509_leaf;
using test::x509_now;
using test::x509_signed;

std::string rule(const Certificate& leaf, const Certificate& anchor, Time now = x509_now) {
  const auto result = verify(leaf, anchor, now);
  return result ? "ok" : result.error().rule;
}

template <class Change>
std::string rule_of(Change change) {
  Details leaf = x509_leaf();
  change(leaf);
  return rule(x509_signed(leaf), x509_signed(x509_anchor()));
}

template <class Change>
std::string rule_under(Change change) {
  Details anchor = x509_anchor();
  change(anchor);
  return rule(x509_signed(x509_leaf()), x509_signed(anchor));
}

TEST_CASE("a leaf holds under its anchor while both are valid, ends included") {
  const Certificate leaf = x509_signed(x509_leaf());
  const Certificate anchor = x509_signed(x509_anchor());
  CHECK(rule(leaf, anchor) == "ok");
  CHECK(rule(leaf, anchor, x509_now + x509_day) == "ok");
  CHECK(rule(leaf, anchor, x509_now + x509_day + Duration(1)) == "expired");
  CHECK(rule(leaf, anchor, x509_now - Duration(1)) == "anchor expired");
  CHECK(rule(leaf, anchor, x509_anchor().not_after + Duration(1)) == "anchor expired");
  Details late = x509_leaf();
  late.not_before += Duration(1);
  CHECK(rule(x509_signed(late), anchor) == "expired");
}

TEST_CASE("an anchor is one, is its own issuer and signed itself") {
  const Certificate leaf = x509_signed(x509_leaf());
  CHECK(rule(leaf, leaf) == "not an anchor");
  CHECK(rule_under([](Details& anchor) { anchor.issuer = "another"; }) == "issuer");
  CHECK(rule_under([](Details& anchor) { anchor.issuer_key[0] ^= 1; }) == "issuer");
  CHECK(rule(leaf, x509_signed(x509_anchor(), x509_key(9))) == "signature");
  CHECK(rule_under([](Details& anchor) { anchor.dns_names = {"web-1.example"}; }) == "name");
  CHECK(rule_under([](Details& anchor) { anchor.addresses = x509_leaf().addresses; }) == "name");
  CHECK(rule_under([](Details& anchor) { anchor.uris = x509_leaf().uris; }) == "name");
  CHECK(verify_anchor(x509_signed(x509_anchor())));
}

TEST_CASE("a leaf is none under another anchor, even one of the same key") {
  CHECK(rule_under([](Details& anchor) { anchor.issuer = anchor.name = "jointca other"; }) ==
        "issuer");
  CHECK(rule(x509_signed(x509_anchor()), x509_signed(x509_anchor())) == "anchor");
  CHECK(rule_of([](Details& leaf) { leaf.networks = x509_anchor().networks; }) == "anchor");
  CHECK(rule_of([](Details& leaf) { leaf.issuer_key[0] ^= 1; }) == "issuer");
  CHECK(rule(x509_signed(x509_leaf(), x509_key(9)), x509_signed(x509_anchor())) == "signature");
}

TEST_CASE("a leaf holds under what its anchor says, signed or derived") {
  const Certificate leaf = x509_signed(x509_leaf());
  CHECK(verify_under(leaf, x509_anchor(), x509_now));
  CHECK_FALSE(verify_under(leaf, x509_anchor(), x509_now + 2 * x509_day));
  CHECK_FALSE(verify_under(x509_signed(x509_leaf(), x509_key(9)), x509_anchor(), x509_now));
}

TEST_CASE("a leaf stays within its anchor") {
  CHECK(rule_of([](Details& leaf) { leaf.not_before -= x509_day; }) == "anchor validity");
  CHECK(rule_of([](Details& leaf) { leaf.not_after += 1000 * x509_day; }) == "anchor validity");
  CHECK(rule_of([](Details& leaf) { leaf.addresses = {*ca::IpAddress::parse("10.43.0.7")}; }) ==
        "network");
}

TEST_CASE("a private key is PKCS 8 in PEM, in its one form") {
  const SecretBytes file = encode_private_key(x509_key(2));
  // openssl pkey -in … -outform PEM of the seed 0202…
  CHECK(to_text(file.expose()) ==
        "-----BEGIN PRIVATE KEY-----\n"
        "MC4CAQAwBQYDK2VwBCIEIAICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIC\n"
        "-----END PRIVATE KEY-----\n");
  const auto read = parse_private_key(file.expose());
  REQUIRE(read);
  CHECK(read->public_key() == x509_key(2).public_key());
  for (const std::size_t at : {5U, 30U, 40U, 97U}) {
    Bytes changed = to_bytes(file.expose());
    changed[at] = '*';
    CHECK_FALSE(parse_private_key(changed));
  }
  Bytes other = to_bytes(file.expose());
  other[30] = 'D';  // another DER head
  CHECK_FALSE(parse_private_key(other));
  other = to_bytes(file.expose());
  other.push_back('\n');
  CHECK_FALSE(parse_private_key(other));
  CHECK_FALSE(parse_private_key({}));
}

}  // namespace
}  // namespace jointca::x509
