// tests/unit/nebula-adapter/issue_test.cpp — each rule of issuing, where it holds and where it
// fails.
#include "nebula-adapter/issue.h"

#include <catch2/catch.hpp>
#include <sodium.h>

#include "crypto/p256.h"
#include "nebula-adapter/verify.h"
#include "tests/support/nebula_ca.h"
#include "tests/support/seeded_rng.h"

namespace jointca::nebula {
namespace {

using test::key_from;
using test::nebula_now;
using test::prefix;
using test::sign_nebula;

Certificate mesh() {
  return sign_nebula(Version::v1, test::nebula_ca_details(key_from(1)), key_from(1));
}

/// The rule that a changed leaf breaks, or "ok".
template <class Change>
std::string leaf_rule(Change change, Version version = Version::v1) {
  const Certificate ca = mesh();
  Details leaf = test::nebula_leaf_details(ca);
  change(leaf);
  const auto result = check_issuable(version, leaf, ca);
  return result ? "ok" : result.error().rule;
}

template <class Change>
std::string ca_rule(Change change, Version version = Version::v1) {
  Details ca = test::nebula_ca_details(key_from(1));
  change(ca);
  const auto result = check_issuable_ca(version, ca);
  return result ? "ok" : result.error().rule;
}

/// The rule of to_be_signed that a changed leaf breaks, or "ok".
template <class Change>
std::string encoding_rule(Change change, Version version = Version::v2) {
  Details leaf = test::nebula_leaf_details(mesh());
  change(leaf);
  const auto result = to_be_signed(version, leaf);
  const auto whole = assemble(version, leaf, Bytes(64));
  CHECK(result.has_value() == whole.has_value());
  return result ? "ok" : result.error().rule;
}

TEST_CASE("an ordinary leaf and CA may be issued in both versions") {
  for (const Version version : {Version::v1, Version::v2}) {
    CHECK(leaf_rule([](Details&) {}, version) == "ok");
    CHECK(ca_rule([](Details&) {}, version) == "ok");
    CHECK(encoding_rule([](Details&) {}, version) == "ok");
  }
}

TEST_CASE("what is assembled verifies and parses back") {
  const Certificate ca = mesh();
  CaPool pool;
  REQUIRE(pool.add(ca));
  for (const Version version : {Version::v1, Version::v2}) {
    const Certificate leaf = sign_nebula(version, test::nebula_leaf_details(ca), key_from(1));
    CHECK(verify(leaf, pool, time_from_unix(nebula_now)));
    CHECK(*parse_certificate(version, encode_certificate(leaf)) == leaf);
    CHECK(*to_be_signed(version, leaf.details) == to_be_signed(leaf));
  }
}

TEST_CASE("the two versions never sign the same bytes") {
  const Details leaf = test::nebula_leaf_details(mesh());
  CHECK(to_be_signed(Version::v1, leaf)->front() == 0x0a);
  CHECK(to_be_signed(Version::v2, leaf)->front() == 0xa0);
}

TEST_CASE("a leaf is never a CA and names its issuer") {
  CHECK(leaf_rule([](Details& leaf) { leaf.is_ca = true; }) == "is_ca");
  CHECK(leaf_rule([](Details& leaf) { leaf.issuer.clear(); }) == "issuer");
  CHECK(leaf_rule([](Details& leaf) { leaf.issuer[5] ^= 1; }) == "issuer");
}

TEST_CASE("names and groups are of safe characters") {
  for (const std::string good : {"a", "web-1.example", "0x", "user@host", "a:b+c_d"}) {
    CHECK(leaf_rule([&](Details& leaf) { leaf.name = good; }) == "ok");
  }
  CHECK(leaf_rule([](Details& leaf) { leaf.name = std::string(253, 'a'); }) == "ok");
  for (const std::string& bad :
       {std::string(), std::string(254, 'a'), std::string("a b"), std::string("a/b"),
        std::string("-a"), std::string(".."), std::string("a\n"), std::string("a\0b", 3),
        std::string("\xc3\xa4"), std::string("\xff")}) {
    INFO(bad);
    CHECK(leaf_rule([&](Details& leaf) { leaf.name = bad; }) == "name");
    CHECK(leaf_rule([&](Details& leaf) { leaf.groups = {bad}; }) == "group");
    CHECK(ca_rule([&](Details& ca) { ca.name = bad; }) == "name");
    CHECK(ca_rule([&](Details& ca) { ca.groups = {bad}; }) == "group");
  }
  CHECK(leaf_rule([](Details& leaf) { leaf.groups = {"web", "web"}; }) == "group");
  CHECK(leaf_rule([](Details& leaf) {
          leaf.groups.clear();
          for (std::size_t i = 0; i <= group_count_max; ++i)
            leaf.groups.push_back("g" + std::to_string(i));
        }) == "group");
}

TEST_CASE("the curve is known, and the CA's") {
  CHECK(leaf_rule([](Details& leaf) { leaf.curve = static_cast<Curve>(2); }) == "curve");
  CHECK(leaf_rule([](Details& leaf) { leaf.curve = Curve::p256; }) == "curve");
  CHECK(ca_rule([](Details& ca) { ca.curve = static_cast<Curve>(2); }) == "curve");
  CHECK(encoding_rule([](Details& leaf) { leaf.curve = static_cast<Curve>(256); }) == "curve");
}

TEST_CASE("an X25519 key has 32 bytes") {
  CHECK(leaf_rule([](Details& leaf) { leaf.public_key.pop_back(); }) == "public key");
  CHECK(leaf_rule([](Details& leaf) { leaf.public_key.push_back(1); }) == "public key");
  CHECK(leaf_rule([](Details& leaf) { leaf.public_key.clear(); }) == "public key");
  CHECK(ca_rule([](Details& ca) { ca.public_key.pop_back(); }) == "public key");
}

TEST_CASE("X25519 keys of low order are refused, in every encoding") {
  const std::vector<std::string> keys{
      "0000000000000000000000000000000000000000000000000000000000000000",
      "0100000000000000000000000000000000000000000000000000000000000000",
      "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
      "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
      "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"};
  const Bytes scalar(32, 0x40);
  for (const std::string& hex : keys)
    for (const int top_bit : {0, 0x80}) {
      Bytes key = *from_hex(hex);
      key.back() = static_cast<std::uint8_t>(key.back() | top_bit);
      Digest shared{};
      CHECK(crypto_scalarmult_curve25519(shared.data(), scalar.data(), key.data()) == -1);
      CHECK(leaf_rule([&](Details& leaf) { leaf.public_key = key; }) == "low order key");
    }
}

TEST_CASE("a P-256 host key is an uncompressed point of the curve") {
  test::SeededRng rng(7);
  const P256KeyPair ca_key = P256KeyPair::generate(rng), host_key = P256KeyPair::generate(rng);
  Details ca_details = test::nebula_ca_details(key_from(1));
  ca_details.curve = Curve::p256;
  ca_details.public_key = to_bytes(ca_key.public_key.bytes());
  CHECK(check_issuable_ca(Version::v1, ca_details));
  // Any signature serves here: check_issuable looks at the CA's details and fingerprint.
  const Bytes signature = *p256_signature_der(Bytes(64, 1));
  const auto ca = assemble(Version::v1, ca_details, signature);
  REQUIRE(ca);
  Details leaf = leaf_details(*ca, "web1", {prefix("10.42.0.7/16")}, {}, nebula_now, nebula_now + 1,
                              host_key.public_key.bytes());
  CHECK(leaf.curve == Curve::p256);
  CHECK(check_issuable(Version::v1, leaf, *ca));
  CHECK(check_issuable(Version::v2, leaf, *ca));
  leaf.public_key[64] ^= 1;
  CHECK(check_issuable(Version::v1, leaf, *ca).error().rule == "public key");
  leaf.public_key = Bytes(32, 9);
  CHECK(check_issuable(Version::v1, leaf, *ca).error().rule == "public key");
}

TEST_CASE("a host has an address of its own in the overlay") {
  const auto rule = [](const std::string& network, Version version = Version::v1) {
    return leaf_rule([&](Details& leaf) { leaf.networks = {prefix(network)}; }, version);
  };
  CHECK(rule("10.42.0.1/16") == "ok");
  CHECK(rule("10.42.1.0/16") == "ok");
  CHECK(rule("10.42.255.254/16") == "ok");
  CHECK(leaf_rule([](Details& leaf) { leaf.networks.clear(); }) == "no network");
  CHECK(rule("0.0.0.0/0") == "zero address");
  CHECK(rule("::/0", Version::v2) == "zero address");
  CHECK(rule("::ffff:10.42.0.7/112", Version::v2) == "4in6 address");
  CHECK(rule("10.42.0.0/16") == "network address");
  CHECK(rule("fd42::/64", Version::v2) == "network address");
  CHECK(rule("10.42.255.255/16") == "broadcast address");
  CHECK(rule("255.255.255.255/0") == "prefix");
  CHECK(rule("10.42.0.7/24") == "overlay");
  CHECK(rule("10.42.0.7/8") == "overlay");
  CHECK(rule("10.42.0.7/32") == "overlay");
  CHECK(rule("10.43.0.7/16") == "overlay");
  CHECK(rule("fd42::7/64", Version::v2) == "overlay");
}

TEST_CASE("in networks of one or two addresses every address is a host's") {
  Details ca_details = test::nebula_ca_details(key_from(1));
  for (const std::string overlay : {"10.42.0.0/31", "10.42.0.0/32"}) {
    ca_details.networks = {prefix(overlay)};
    const Certificate ca = sign_nebula(Version::v1, ca_details, key_from(1));
    Details leaf = test::nebula_leaf_details(ca);
    leaf.networks = {prefix(overlay)};
    CHECK(check_issuable(Version::v1, leaf, ca));
  }
}

TEST_CASE("unsafe networks are networks, and outside the overlay") {
  const auto rule = [](const std::string& network) {
    return leaf_rule([&](Details& leaf) { leaf.unsafe_networks = {prefix(network)}; });
  };
  CHECK(rule("192.168.1.0/24") == "ok");
  CHECK(rule("0.0.0.0/0") == "ok");
  CHECK(rule("192.168.1.1/24") == "unsafe network");
  CHECK(rule("10.42.0.0/16") == "unsafe network");
  CHECK(rule("10.42.7.0/24") == "unsafe network");
  CHECK(rule("::ffff:1.2.3.0/120") == "unsafe network");
}

TEST_CASE("a leaf is valid for some time, within its CA, and in its groups") {
  CHECK(leaf_rule([](Details& leaf) { leaf.not_after = leaf.not_before; }) == "validity");
  CHECK(leaf_rule([](Details& leaf) { leaf.not_before = -1; }) == "validity");
  CHECK(leaf_rule([](Details& leaf) { leaf.not_before = nebula_now - 86401; }) == "ca validity");
  CHECK(leaf_rule([](Details& leaf) { leaf.not_after = nebula_now + 365 * 86400 + 1; }) ==
        "ca validity");
  CHECK(leaf_rule([](Details& leaf) { leaf.groups = {"admin"}; }) == "ca group");
  CHECK(ca_rule([](Details& ca) { ca.not_after = ca.not_before; }) == "validity");
}

TEST_CASE("a CA that constrains unsafe networks binds its leaves") {
  Details ca_details = test::nebula_ca_details(key_from(1));
  ca_details.unsafe_networks = {prefix("192.168.1.0/24")};
  const Certificate ca = sign_nebula(Version::v1, ca_details, key_from(1));
  Details leaf = test::nebula_leaf_details(ca);
  leaf.unsafe_networks = {prefix("192.168.0.0/16")};
  CHECK(check_issuable(Version::v1, leaf, ca).error().rule == "ca unsafe network");
}

TEST_CASE("a certificate has at most 1024 bytes") {
  const Certificate ca = mesh();
  for (const Version version : {Version::v1, Version::v2}) {
    Details leaf = test::nebula_leaf_details(ca);
    std::size_t size = 0;
    const auto issuable = [&] { return check_issuable(version, leaf, ca); };
    while (issuable()) {
      size = encode_certificate(*assemble(version, leaf, Bytes(64))).size();
      leaf.unsafe_networks.push_back(
          prefix("192." + std::to_string(leaf.unsafe_networks.size()) + ".0.0/16"));
    }
    CHECK(issuable().error().rule == "size");
    CHECK(size <= issued_bytes_max);
    CHECK(size + 20 > issued_bytes_max);
  }
}

TEST_CASE("a CA certificate is marked as such, has no issuer and no zero address") {
  CHECK(ca_rule([](Details& ca) { ca.is_ca = false; }) == "is_ca");
  CHECK(ca_rule([](Details& ca) { ca.issuer = Bytes(32); }) == "issuer");
  CHECK(ca_rule([](Details& ca) { ca.networks = {prefix("0.0.0.0/0")}; }) == "zero address");
  CHECK(ca_rule([](Details& ca) { ca.networks = {prefix("::ffff:10.0.0.0/112")}; }, Version::v2) ==
        "4in6 address");
  CHECK(ca_rule([](Details& ca) { ca.networks = {prefix("fd42::/64")}; }) == "encoding");
  CHECK(ca_rule([](Details& ca) { ca.networks = {prefix("fd42::/64")}; }, Version::v2) == "ok");
}

TEST_CASE("only what has one encoding is signed") {
  const auto bad = [](auto change, Version version = Version::v2) {
    return encoding_rule(change, version) == "encoding";
  };
  CHECK(bad([](Details& d) { d.name.clear(); }));
  CHECK(bad([](Details& d) { d.name.clear(); }, Version::v1));
  CHECK(bad([](Details& d) { d.name = std::string(254, 'a'); }, Version::v1));
  CHECK(bad([](Details& d) { d.name = "\xff"; }, Version::v1));
  CHECK(bad([](Details& d) { d.groups = {""}; }, Version::v1));
  CHECK(bad([](Details& d) { d.groups = {"\xff"}; }, Version::v1));
  CHECK(bad(
      [](Details& d) {
        d.networks = {prefix("10.42.0.8/16"), prefix("10.42.0.7/16")};
      },
      Version::v1));
  CHECK(bad([](Details& d) { d.networks = {prefix("10.42.0.8/16"), prefix("10.42.0.7/16")}; }));
  CHECK(bad(
      [](Details& d) {
        d.networks = {prefix("10.42.0.7/16"), prefix("10.42.0.7/16")};
      },
      Version::v1));
  CHECK(bad(
      [](Details& d) {
        d.unsafe_networks = {prefix("2.0.0.0/8"), prefix("1.0.0.0/8")};
      },
      Version::v1));
  CHECK(bad([](Details& d) { d.networks = {prefix("fd42::7/64")}; }, Version::v1));
  CHECK(bad([](Details& d) { d.unsafe_networks = {prefix("fd42::/64")}; }, Version::v1));
  CHECK(bad([](Details& d) { d.unsafe_networks = {prefix("fd42::/64")}; }));
  CHECK(bad([](Details& d) { d.networks[0].bits = 33; }, Version::v1));
  CHECK(bad([](Details& d) { d.networks.clear(); }));
  CHECK(bad([](Details& d) { d.networks = {prefix("0.0.0.0/8")}; }, Version::v1));
  CHECK(bad([](Details& d) { d.public_key.pop_back(); }));
  CHECK(bad([](Details& d) { d.issuer.pop_back(); }));
}

TEST_CASE("a signature of another form is not assembled") {
  const Details leaf = test::nebula_leaf_details(mesh());
  CHECK(assemble(Version::v1, leaf, Bytes(64)));
  CHECK(assemble(Version::v1, leaf, Bytes(63)).error().rule == "signature form");
  CHECK(assemble(Version::v1, leaf, {}).error().rule == "signature form");
  test::SeededRng rng(8);
  Details p256 = leaf;
  p256.curve = Curve::p256;
  p256.public_key = to_bytes(P256KeyPair::generate(rng).public_key.bytes());
  const Bytes low = *p256_signature_der(Bytes(64, 1));
  CHECK(assemble(Version::v2, p256, low));
  CHECK(assemble(Version::v2, p256, *with_other_s(low)).error().rule == "signature form");
  CHECK(assemble(Version::v2, p256, Bytes(64, 1)).error().rule == "signature form");
}

TEST_CASE("networks are sorted by address and then length, IPv4 first") {
  Details details;
  details.networks = {prefix("fd42::1/64"), prefix("10.1.1.1/24"), prefix("10.1.1.1/16"),
                      prefix("9.0.0.1/8")};
  details.unsafe_networks = {prefix("2.0.0.0/8"), prefix("1.0.0.0/8")};
  sort_networks(details);
  CHECK(details.networks == std::vector{prefix("9.0.0.1/8"), prefix("10.1.1.1/16"),
                                        prefix("10.1.1.1/24"), prefix("fd42::1/64")});
  CHECK(details.unsafe_networks == std::vector{prefix("1.0.0.0/8"), prefix("2.0.0.0/8")});
}

}  // namespace
}  // namespace jointca::nebula
