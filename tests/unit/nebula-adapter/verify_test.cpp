// tests/unit/nebula-adapter/verify_test.cpp — the verdicts of nebula-cert, and each of its rules.
#include "nebula-adapter/verify.h"

#include <catch2/catch.hpp>

#include "nebula-adapter/pem.h"
#include "tests/support/nebula_ca.h"
#include "tests/support/nebula_vectors.h"

namespace jointca::nebula {
namespace {

using test::key_from;
using test::nebula_now;
using test::prefix;
using test::sign_nebula;

const Time now = time_from_unix(nebula_now);

/// A pool of one CA, and a leaf under it, changed and signed.
struct Setup {
  SigningKey key = key_from(1);
  Certificate ca;
  CaPool pool;

  explicit Setup(Version version = Version::v1, const Details* details = nullptr)
      : ca(sign_nebula(version, details ? *details : test::nebula_ca_details(key), key)) {
    CHECK(pool.add(ca));
  }
  template <class Change>
  std::string rule(Change change, Version version = Version::v1, Time at = now) {
    Details details = test::nebula_leaf_details(ca);
    change(details);
    const auto result = verify(sign_nebula(version, details, key), pool, at);
    return result ? "ok" : result.error().rule;
  }
};

constexpr auto unchanged = [](Details&) {};

TEST_CASE("every stored pair gets the verdict and the fingerprint of nebula-cert 1.11.0") {
  const auto cases = test::nebula_cases();
  CHECK(cases.size() >= 23);
  for (const test::NebulaCase& entry : cases) {
    INFO(entry.label);
    const auto pool = CaPool::from_pem(entry.ca_pem);
    const auto certificates = parse_certificates(entry.host_pem);
    if (certificates && !entry.fingerprint.empty())
      CHECK(to_hex(fingerprint(certificates->front())) == entry.fingerprint);
    const bool ok = pool && certificates && certificates->size() == 1 &&
                    verify(certificates->front(), *pool, now);
    CHECK(ok == entry.ok);
  }
}

TEST_CASE("upstream's CA files load with upstream's fingerprints") {
  const auto vector = test::upstream();
  const auto names = [](std::string_view text) {
    std::set<std::string> out;
    const auto pool = CaPool::from_pem(text);
    REQUIRE(pool);
    for (const auto& [name, ca] : pool->certificates()) out.insert(to_hex(name));
    return out;
  };
  const auto& bundle = vector.ca_bundle_fingerprints;
  CHECK(names(vector.ca_bundle) == std::set<std::string>(bundle.begin(), bundle.end()));
  CHECK(names(vector.ca_expired) == std::set{vector.ca_expired_fingerprint});
  CHECK(names(vector.ca_p256) == std::set{vector.ca_p256_fingerprint});
  const auto mixed = CaPool::from_pem(vector.ca_expired + vector.ca_bundle);
  REQUIRE(mixed);
  CHECK(mixed->certificates().size() == 3);
  CHECK(mixed->expired_at(now).size() == 1);
  CHECK(mixed->expired_at(now).front()->details.name == "expired");
}

TEST_CASE("a leaf verifies under a CA of either version") {
  for (const Version ca : {Version::v1, Version::v2})
    for (const Version leaf : {Version::v1, Version::v2})
      CHECK(Setup(ca).rule(unchanged, leaf) == "ok");
}

TEST_CASE("a blocked certificate is refused before anything else") {
  Setup setup;
  const Certificate leaf = sign_nebula(Version::v1, test::nebula_leaf_details(setup.ca), setup.key);
  setup.pool.block(fingerprint(leaf));
  CHECK(verify(leaf, setup.pool, time_from_unix(0)).error().rule == "blocked");
}

TEST_CASE("a P-256 certificate is blocked in both forms of its signature") {
  for (const test::NebulaCase& entry : test::nebula_cases()) {
    if (entry.label != "P256 v1 low-s") continue;
    auto pool = CaPool::from_pem(entry.ca_pem);
    const auto certificates = parse_certificates(entry.host_pem);
    REQUIRE(verify(certificates->front(), *pool, now));
    const auto other = alternate_fingerprint(certificates->front());
    REQUIRE(other);
    CHECK(*other != fingerprint(certificates->front()));
    pool->block(*other);
    CHECK(verify(certificates->front(), *pool, now).error().rule == "blocked");
    return;
  }
  FAIL("the vector is missing");
}

TEST_CASE("the issuer must be named and known") {
  CHECK(Setup().rule([](Details& leaf) { leaf.issuer.clear(); }) == "issuer");
  CHECK(Setup().rule([](Details& leaf) { leaf.issuer[0] ^= 1; }) == "unknown CA");
  CHECK(CaPool().find(Bytes(31)) == nullptr);
}

TEST_CASE("the curve must be the CA's") {
  CHECK(Setup().rule([](Details& leaf) { leaf.curve = Curve::curve25519; }) == "ok");
  Setup setup;
  Certificate leaf = sign_nebula(Version::v1, test::nebula_leaf_details(setup.ca), setup.key);
  leaf.details.curve = Curve::p256;
  CHECK(verify(leaf, setup.pool, now).error().rule == "curve");
  leaf.details.curve = static_cast<Curve>(256);
  CHECK(verify(leaf, setup.pool, now).error().rule == "curve");
}

TEST_CASE("both ends of the validity belong to it") {
  const auto at = [](std::int64_t seconds) {
    return Setup().rule(unchanged, Version::v1, time_from_unix(seconds));
  };
  CHECK(at(nebula_now - 60) == "ok");
  CHECK(at(nebula_now - 61) == "expired");
  CHECK(at(nebula_now + 7 * 86400) == "ok");
  CHECK(at(nebula_now + 7 * 86400 + 1) == "expired");
  CHECK(at(nebula_now - 86401) == "CA expired");
  CHECK(at(nebula_now + 365 * 86400 + 1) == "CA expired");
}

TEST_CASE("times are compared as Go compares them, where the far ends wrap") {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t year_1 = 62'135'596'800;
  CHECK(compare_times(1, 2) == -1);
  CHECK(compare_times(2, 2) == 0);
  CHECK(compare_times(most - year_1, 0) == 1);
  CHECK(compare_times(most - year_1 + 1, 0) == -1);
  CHECK(compare_times(most, 0) == -1);
  CHECK(compare_times(std::numeric_limits<std::int64_t>::min(), 0) == -1);
}

TEST_CASE("a changed certificate, and one of another key, do not verify") {
  Setup setup;
  Certificate leaf = sign_nebula(Version::v1, test::nebula_leaf_details(setup.ca), setup.key);
  REQUIRE(verify(leaf, setup.pool, now));
  leaf.details.name = "web2";
  CHECK(verify(leaf, setup.pool, now).error().rule == "signature");
  const Certificate forged =
      sign_nebula(Version::v1, test::nebula_leaf_details(setup.ca), key_from(2));
  CHECK(verify(forged, setup.pool, now).error().rule == "signature");
  Certificate short_signature =
      sign_nebula(Version::v2, test::nebula_leaf_details(setup.ca), setup.key);
  short_signature.signature.pop_back();
  CHECK(verify(short_signature, setup.pool, now).error().rule == "signature");
}

TEST_CASE("an unknown curve never verifies") {
  Certificate certificate =
      sign_nebula(Version::v1, test::nebula_ca_details(key_from(1)), key_from(1));
  certificate.details.curve = static_cast<Curve>(2);
  CHECK_FALSE(check_signature(certificate, certificate.details.public_key));
  CHECK_FALSE(CaPool().add(certificate));
}

TEST_CASE("a leaf lives within its CA") {
  CHECK(Setup().rule([](Details& leaf) { leaf.not_after = nebula_now + 365 * 86400; }) == "ok");
  CHECK(Setup().rule([](Details& leaf) { leaf.not_after = nebula_now + 365 * 86400 + 1; }) ==
        "ca validity");
  CHECK(Setup().rule([](Details& leaf) { leaf.not_before = nebula_now - 86400; }) == "ok");
  CHECK(Setup().rule([](Details& leaf) { leaf.not_before = nebula_now - 86401; }) == "ca validity");
}

TEST_CASE("a leaf has the groups and networks that its CA allows") {
  CHECK(Setup().rule([](Details& leaf) { leaf.groups = {}; }) == "ok");
  CHECK(Setup().rule([](Details& leaf) { leaf.groups = {"web", "admin"}; }) == "ca group");
  CHECK(Setup().rule([](Details& leaf) { leaf.networks = {prefix("10.42.0.7/24")}; }) == "ok");
  CHECK(Setup().rule([](Details& leaf) { leaf.networks = {prefix("10.42.0.7/15")}; }) ==
        "ca network");
  CHECK(Setup().rule([](Details& leaf) { leaf.networks = {prefix("10.43.0.7/16")}; }) ==
        "ca network");
  CHECK(Setup().rule([](Details& leaf) { leaf.networks = {prefix("fd00::7/64")}; }, Version::v2) ==
        "ca network");
  CHECK(Setup().rule([](Details& leaf) { leaf.unsafe_networks = {prefix("192.168.0.0/16")}; }) ==
        "ok");
  Details ca = test::nebula_ca_details(key_from(1));
  ca.unsafe_networks = {prefix("192.168.1.0/24")};
  CHECK(Setup(Version::v1, &ca).rule([](Details& leaf) {
    leaf.unsafe_networks = {prefix("192.168.1.0/24")};
  }) == "ok");
  CHECK(Setup(Version::v1, &ca).rule([](Details& leaf) {
    leaf.unsafe_networks = {prefix("192.168.0.0/16")};
  }) == "ca unsafe network");
}

TEST_CASE("a CA without constraints leaves its leaves free") {
  Details ca = test::nebula_ca_details(key_from(1));
  ca.networks = {};
  ca.groups = {};
  CHECK(Setup(Version::v1, &ca).rule([](Details& leaf) {
    leaf.networks = {prefix("192.0.2.7/8")};
    leaf.groups = {"anything"};
  }) == "ok");
}

TEST_CASE("only self-signed CA certificates enter a pool") {
  Setup setup;
  const Certificate leaf = sign_nebula(Version::v1, test::nebula_leaf_details(setup.ca), setup.key);
  CHECK(CaPool().add(leaf).error().rule == "not a CA");
  Certificate ca = setup.ca;
  ca.signature[0] ^= 1;
  CHECK(CaPool().add(ca).error().rule == "self-signature");
  CHECK_FALSE(CaPool::from_pem(to_pem(leaf)));
  CHECK_FALSE(CaPool::from_pem(to_pem(ca)));
}

TEST_CASE("a CA file holds blocks, comments before them, and nothing after the last") {
  const std::string ca = to_pem(Setup().ca);
  CHECK(CaPool::from_pem("")->certificates().empty());
  CHECK(CaPool::from_pem(" \n\t\n")->certificates().empty());
  CHECK(CaPool::from_pem("# mesh\n" + ca + "\n\n"));
  CHECK(CaPool::from_pem(ca + "\xc2\xa0\n"));
  CHECK(CaPool::from_pem(ca + ca)->certificates().size() == 1);
  CHECK_FALSE(CaPool::from_pem(ca + "# the end\n"));
  CHECK_FALSE(CaPool::from_pem(ca + "-----BEGIN "));
  CHECK_FALSE(CaPool::from_pem(encode_pem("NEBULA X25519 PUBLIC KEY", Bytes(32))));
  CHECK_FALSE(CaPool::from_pem(encode_pem(banner_v1, Bytes{1})));
  CHECK_FALSE(CaPool::from_pem(std::string(pem_file_bytes_max + 1, ' ')));
}

TEST_CASE("a block of a CA file has 64 KiB with the text before it") {
  const std::string ca = to_pem(Setup().ca);
  const auto filled = [](std::size_t size, const std::string& block) {
    return std::string(size - block.size() - 1, '#') + "\n" + block;
  };
  CHECK(CaPool::from_pem(filled(65536, ca)));
  CHECK_FALSE(CaPool::from_pem(filled(65537, ca)));
  const std::string open = ca.substr(0, ca.size() - 1);
  CHECK(CaPool::from_pem(filled(65535, open)));
  CHECK_FALSE(CaPool::from_pem(filled(65536, open)));
  CHECK(CaPool::from_pem(ca + std::string(65535, ' ')));
  CHECK_FALSE(CaPool::from_pem(ca + std::string(65536, ' ')));
}

}  // namespace
}  // namespace jointca::nebula
