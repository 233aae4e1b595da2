// tests/unit/x509-adapter/issue_test.cpp — what is derived from an authority and a host, and each
// rule of issuing, where it holds and where it fails.
#include "x509-adapter/issue.h"

#include <catch2/catch.hpp>

#include "ca/did.h"
#include "crypto/p256.h"
#include "tests/support/seeded_rng.h"
#include "tests/support/x509.h"

namespace jointca::x509 {
namespace {

using test::x509_anchor;
using test::x509_day;
using test::x509_key;
using test::x509_leaf;
using test::x509_now;

ca::IpAddress address(std::string_view text) { return *ca::IpAddress::parse(text); }
ca::Prefix prefix(std::string_view text) { return *ca::Prefix::parse(text); }

/// The rule that a changed leaf breaks, or "ok".
template <class Change>
std::string rule(Change change, const Details& anchor = x509_anchor()) {
  Details leaf = x509_leaf();
  change(leaf);
  const auto result = check_issuable(leaf, anchor);
  return result ? "ok" : result.error().rule;
}

template <class Change>
std::string anchor_rule(Change change) {
  Details anchor = x509_anchor();
  change(anchor);
  const auto result = check_issuable_anchor(anchor);
  return result ? "ok" : result.error().rule;
}

TEST_CASE("an authority has one anchor, made of what everyone knows") {
  const Details anchor = x509_anchor();
  CHECK(anchor.is_anchor);
  CHECK(anchor.name == "jointca 00000000000000000000000000000000");
  CHECK(anchor.issuer == anchor.name);
  CHECK(anchor.key == certified(x509_key(1).public_key()));
  CHECK(anchor.issuer_key == key_id(anchor.key));
  CHECK(anchor.networks == std::vector{prefix("10.42.0.0/16"), prefix("fd42::/64")});
  CHECK(x509_anchor() == anchor);
  ca::Constraints constraints{{}, {}, x509_now, x509_now + x509_day};
  const Details other = authority_anchor(Digest{1}, constraints, x509_key(1).public_key());
  CHECK(other.name != anchor.name);
  CHECK(other.serial != anchor.serial);
  CHECK(check_issuable_anchor(other));
}

TEST_CASE("a host's leaf has its name, its addresses and its identity") {
  const Details leaf = x509_leaf();
  CHECK_FALSE(leaf.is_anchor);
  CHECK(leaf.name == "Web-1");
  CHECK(leaf.issuer == x509_anchor().name);
  CHECK(leaf.issuer_key == key_id(x509_anchor().key));
  CHECK(leaf.dns_names == std::vector<std::string>{"web-1"});
  CHECK(leaf.addresses == std::vector{address("10.42.0.7"), address("fd42::7")});
  CHECK(leaf.uris == std::vector{ca::did_key(x509_key(3).public_key())});
  CHECK(leaf.not_before == x509_now);
  CHECK(leaf.not_after == x509_now + x509_day);
  CHECK(rule([](Details&) {}) == "ok");
}

TEST_CASE("a serial is positive, long, and follows from what it answers and where") {
  for (std::uint8_t i = 0; i < 64; ++i) {
    const Serial serial = serial_for(Digest{i}, 0);
    CHECK(serial[0] >= 0x40);
    CHECK(serial[0] <= 0x7f);
    CHECK(serial == serial_for(Digest{i}, 0));
    CHECK(serial != serial_for(Digest{i}, 1));
    CHECK(serial != serial_for(Digest{static_cast<std::uint8_t>(i + 1)}, 0));
  }
}

TEST_CASE("a leaf is no anchor and constrains nobody") {
  CHECK(rule([](Details& leaf) { leaf.is_anchor = true; }) == "anchor");
  CHECK(rule([](Details& leaf) { leaf.networks = {prefix("10.0.0.0/8")}; }) == "anchor");
}

TEST_CASE("a leaf names the anchor under which it is issued, and has a name of its own") {
  CHECK(rule([](Details& leaf) { leaf.issuer = "jointca 1"; }) == "issuer");
  CHECK(rule([](Details& leaf) { leaf.issuer_key[0] ^= 1; }) == "issuer");
  CHECK(rule([](Details& leaf) { leaf.name = leaf.issuer; }) == "name");
}

TEST_CASE("a serial has its form") {
  CHECK(rule([](Details& leaf) { leaf.serial = {}; }) == "serial");
  CHECK(rule([](Details& leaf) { leaf.serial[0] = 0x80; }) == "serial");
  CHECK(rule([](Details& leaf) { leaf.serial[0] = 0x3f; }) == "serial");
}

TEST_CASE("a common name is short and printable, and no DNS name that is not among them") {
  CHECK(rule([](Details& leaf) { leaf.name = ""; }) == "name");
  CHECK(rule([](Details& leaf) { leaf.name = std::string(65, 'a'); }) == "name");
  CHECK(rule([](Details& leaf) { leaf.name = "a\nb"; }) == "name");
  CHECK(rule([](Details& leaf) { leaf.name = "web-2"; }) == "common name");
  CHECK(rule([](Details& leaf) { leaf.dns_names.clear(); }) == "common name");
  CHECK(rule([](Details& leaf) { leaf.name = "*.example"; }) == "common name");
  CHECK(rule([](Details& leaf) { leaf.name = "db_1"; }) == "common name");
  CHECK(rule([](Details& leaf) {
          leaf.name = "MPyC party 0";
          leaf.dns_names.clear();
        }) == "ok");
}

TEST_CASE("a leaf has a name or an address by which it is known") {
  const auto nameless = [](Details& leaf) {
    leaf.dns_names.clear();
    leaf.addresses.clear();
  };
  CHECK(rule(nameless) == "no name");
  CHECK(rule([](Details& leaf) { leaf.addresses.clear(); }) == "ok");
}

TEST_CASE("DNS names are exact, sorted and few") {
  for (const std::string bad :
       {"", "Web-1", "*.example", "a..b", ".a", "a.", "-a", "a-", "a_b", "10.42.0.7", "a.1", "ä"})
    CHECK(rule([&](Details& leaf) { leaf.dns_names = {bad}; }) == "dns name");
  CHECK(rule([](Details& leaf) { leaf.dns_names = {std::string(64, 'a')}; }) == "dns name");
  CHECK(rule([](Details& leaf) { leaf.dns_names = {"web-1", "web-1"}; }) == "dns name");
  CHECK(rule([](Details& leaf) { leaf.dns_names = {"web-1", "a.example"}; }) == "dns name");
  CHECK(rule([](Details& leaf) { leaf.dns_names = {"a.example", "web-1", "xn--4ca"}; }) == "ok");
  CHECK(rule([](Details& leaf) {
          for (char c = 'a'; leaf.dns_names.size() <= alternative_names_max; ++c)
            leaf.dns_names.insert(leaf.dns_names.begin() + (c - 'a'), std::string(1, c));
        }) == "dns name");
}

TEST_CASE("addresses are hosts', sorted and within the anchor's networks") {
  const auto of = [](std::vector<ca::IpAddress> addresses) {
    return rule([&](Details& leaf) { leaf.addresses = std::move(addresses); });
  };
  CHECK(of({address("0.0.0.0")}) == "address");
  CHECK(of({address("::ffff:10.42.0.7")}) == "address");
  CHECK(of({address("10.42.0.8"), address("10.42.0.7")}) == "address");
  CHECK(of({address("10.42.0.7"), address("10.42.0.7")}) == "address");
  CHECK(of({address("10.43.0.7")}) == "network");
  CHECK(of({address("10.42.0.7"), address("fd43::7")}) == "network");
  std::vector<ca::IpAddress> many;
  for (ca::IpAddress next = address("10.42.0.1"); many.size() <= alternative_names_max;
       next = next.next())
    many.push_back(next);
  CHECK(of(many) == "address");
  Details free = x509_anchor();
  free.networks.clear();
  CHECK(rule([](Details& leaf) { leaf.addresses = {address("192.0.2.1")}; }, free) == "ok");
}

TEST_CASE("URIs have a scheme and no spaces, and are sorted") {
  for (const std::string bad : {"", "a", ":a", "did:", "1did:key", "did:key:a b", "DID:x"})
    CHECK(rule([&](Details& leaf) { leaf.uris = {bad}; }) == "uri");
  CHECK(rule([](Details& leaf) { leaf.uris = {"urn:b", "urn:a"}; }) == "uri");
  CHECK(rule([](Details& leaf) { leaf.uris = {"urn:" + std::string(253, 'a')}; }) == "uri");
  CHECK(rule([](Details& leaf) { leaf.uris = {}; }) == "ok");
}

TEST_CASE("a key is a point of prime order, and not the anchor's") {
  const auto of = [](CertifiedKey key) {
    return rule([&](Details& leaf) { leaf.key = std::move(key); });
  };
  CHECK(of(x509_anchor().key) == "key");
  CHECK(of(certified(PublicKey{})) == "key");           // order 4
  CHECK(of(certified(PublicKey{Digest{1}})) == "key");  // the identity
  CHECK(of({KeyType::ed25519, Bytes(31, 9)}) == "key");
  CHECK(of({KeyType::p256, Bytes(65, 4)}) == "key");
  CHECK(of({KeyType::p256, x509_leaf().key.bytes}) == "key");
  test::SeededRng rng(1);
  CHECK(of({KeyType::p256, to_bytes(P256KeyPair::generate(rng).public_key.bytes())}) == "ok");
}

TEST_CASE("a leaf's validity is one, and within the anchor's") {
  CHECK(rule([](Details& leaf) { leaf.not_after = leaf.not_before - Duration(1); }) == "validity");
  CHECK(rule([](Details& leaf) { leaf.not_before = time_from_unix(-1); }) == "validity");
  CHECK(rule([](Details& leaf) { leaf.not_after = time_from_unix(253'402'300'800); }) ==
        "validity");
  CHECK(rule([](Details& leaf) { leaf.not_before -= Duration(1); }) == "anchor validity");
  CHECK(rule([](Details& leaf) { leaf.not_after = x509_anchor().not_after + Duration(1); }) ==
        "anchor validity");
  CHECK(rule([](Details& leaf) { leaf.not_after = x509_anchor().not_after; }) == "ok");
}

TEST_CASE("the names together fit a handshake") {
  const auto uris = [](std::size_t count) {
    return [count](Details& leaf) {
      leaf.uris.clear();
      for (std::size_t i = 0; i < count; ++i)
        leaf.uris.push_back("urn:" + std::string(1, static_cast<char>('a' + i)) +
                            std::string(245, 'x'));
    };
  };
  CHECK(rule(uris(4)) == "ok");
  CHECK(rule(uris(5)) == "size");
}

TEST_CASE("what cannot be encoded is not signed") {
  Details details = x509_leaf();
  details.uris = {"urn:a b"};
  CHECK(to_be_signed(details).error().rule == "encoding");
  details = x509_leaf();
  details.key.bytes.pop_back();
  CHECK(to_be_signed(details).error().rule == "encoding");
  details = x509_leaf();
  for (const int first : {0x00, 0x3f, 0x80, 0xff}) {  // from 0x80 on: 21 octets
    details.serial[0] = static_cast<std::uint8_t>(first);
    CHECK(to_be_signed(details).error().reason == "serial: not a positive number of 20 octets");
  }
  details = x509_leaf();
  details.networks = {prefix("10.42.0.0/16")};
  CHECK(to_be_signed(details));  // names the wrong thing, but can be written: check_issuable()'s
  details.networks = {{address("10.42.0.0"), 33}};
  CHECK(to_be_signed(details).error().rule == "encoding");
  details = x509_anchor();
  details.dns_names.assign(alternative_names_max + 1, "a");
  CHECK(to_be_signed(details).error().rule == "encoding");
}

TEST_CASE("an anchor is its own issuer, has a key that signs, a name and networks") {
  CHECK(anchor_rule([](Details&) {}) == "ok");
  CHECK(anchor_rule([](Details& anchor) { anchor.networks.clear(); }) == "ok");
  CHECK(anchor_rule([](Details& anchor) { anchor.is_anchor = false; }) == "not an anchor");
  CHECK(anchor_rule([](Details& anchor) { anchor.key.type = KeyType::p256; }) == "not an anchor");
  CHECK(anchor_rule([](Details& anchor) { anchor.issuer = "another"; }) == "issuer");
  CHECK(anchor_rule([](Details& anchor) { anchor.issuer_key[0] ^= 1; }) == "issuer");
  CHECK(anchor_rule([](Details& anchor) { anchor.serial[0] = 0xff; }) == "serial");
  CHECK(anchor_rule([](Details& anchor) { anchor.issuer = anchor.name = " a"; }) == "name");
  CHECK(anchor_rule([](Details& anchor) { anchor.dns_names = {"a"}; }) == "name");
  CHECK(anchor_rule([](Details& anchor) {
          anchor.key = certified(PublicKey{});
          anchor.issuer_key = key_id(anchor.key);
        }) == "key");
  CHECK(anchor_rule([](Details& anchor) { anchor.networks = {prefix("10.42.0.1/16")}; }) ==
        "network");
  CHECK(anchor_rule([](Details& anchor) { std::swap(anchor.networks[0], anchor.networks[1]); }) ==
        "network");
  CHECK(anchor_rule([](Details& anchor) { anchor.not_after = time_from_unix(0); }) == "validity");
  CHECK(anchor_rule([](Details& anchor) { anchor.not_after = time_from_unix(253'402'300'800); }) ==
        "validity");
}

}  // namespace
}  // namespace jointca::x509
