// tests/unit/issued/statement_test.cpp — what is signed, of every kind: bytes to statements and
// back, files of several kinds, and the rules that hold whatever the parties decided.
#include "issued/statement.h"

#include <catch2/catch.hpp>

#include "ca/did.h"
#include "crypto/ed25519.h"
#include "issued/rules.h"
#include "nebula-adapter/pem.h"
#include "tests/support/nebula_ca.h"
#include "x509-adapter/issue.h"

namespace jointca::issued {
namespace {

using test::key_from;
using test::nebula_now;
using test::prefix;

constexpr Time now = time_from_unix(nebula_now);

/// An authority of one key, and what it says of the host web1.
struct Scene {
  SigningKey key = key_from(1);
  Keys keys{key.public_key()};
  nebula::Certificate ca =
      test::sign_nebula(nebula::Version::v1, test::nebula_ca_details(key), key);
  ca::Authority authority;
  x509::Details anchor;
  Digest request{8};
  PublicKey host = key_from(3).public_key();

  Scene() {
    authority.id = Digest{7};
    authority.group_public_key = key.public_key();
    authority.networks = {prefix("10.42.0.0/16")};
    authority.groups = {"web", "db"};
    authority.ca_certificates = {nebula::to_pem(ca)};
    const auto succession = nebula::Succession::from_pem(authority.ca_certificates);
    REQUIRE(succession);
    anchor = anchor_of(authority, *succession, keys);
  }
  [[nodiscard]] x509::Details leaf() const {
    return x509::host_leaf(anchor, subject(), request, host,
                           x509::certified(key_from(2).public_key()));
  }
  [[nodiscard]] static ca::Subject subject() {
    return {"web1", {prefix("10.42.0.7/16")}, {"web"}, now, now + std::chrono::hours(24)};
  }
  [[nodiscard]] static Statement of(const x509::Details& details) {
    const auto bytes = x509::to_be_signed(details);
    REQUIRE(bytes);
    const auto kind = details.is_anchor ? x509_anchor_kind : x509_kind;
    const auto statement = parse_statement(kind, *bytes);
    REQUIRE(statement);
    return *statement;
  }
  [[nodiscard]] std::vector<Statement> all() const {
    const auto certificate =
        test::sign_nebula(nebula::Version::v1, test::nebula_leaf_details(ca), key);
    const nebula::Lighthouse lighthouse{authority.id,       Digest{8},     "web1",
                                        subject().networks, "192.0.2.7:1", subject().not_before,
                                        subject().not_after};
    const wireguard::Binding binding = wireguard::binding_of(
        subject(), authority.id, Digest{8}, key_from(4).public_key().bytes, "192.0.2.7:2");
    return {signed_certificate(certificate)->statement,
            {std::string(lighthouse_kind), lighthouse},
            {std::string(wireguard_kind), binding},
            of(anchor),
            of(leaf())};
  }
  [[nodiscard]] std::string rule(const Statement& statement) const {
    const auto checked = AuthorityRules(authority).check(statement, {request, host, PublicKey{}});
    return checked ? "ok" : checked.error().rule;
  }
  template <class Change>
  [[nodiscard]] std::string rule_of(x509::Details details, Change change) const {
    change(details);
    return rule(of(details));
  }
};

TEST_CASE("every statement is read back from its bytes, as its own kind and no other") {
  const Scene scene;
  for (const Statement& statement : scene.all()) {
    CHECK(is_known_kind(statement.kind));
    const Bytes bytes = to_be_signed(statement);
    for (const std::string_view kind : all_kinds) {
      const auto read = parse_statement(kind, bytes);
      CHECK(read.has_value() == (kind == statement.kind));
      if (read) CHECK(*read == statement);
    }
  }
  CHECK(parse_statement("x509", to_be_signed(scene.of(scene.anchor))).error().reason ==
        "an anchor is no certificate of a host, nor a host's one of a seat");
  CHECK_FALSE(parse_statement("x510", Bytes(3)));
}

TEST_CASE("what a host gets is read back, whatever the order of its kinds") {
  const Scene scene;
  std::string text;
  std::vector<Signed> made;
  for (const Statement& statement : scene.all()) {
    made.push_back({statement, scene.key.sign(to_be_signed(statement))});
    text += signed_text(statement, made.back().signature);
  }
  const auto read = parse_signed(text);
  REQUIRE(read);
  REQUIRE(read->size() == made.size());
  for (std::size_t i = 0; i < made.size(); ++i) {
    CHECK((*read)[i].statement == made[i].statement);
    CHECK((*read)[i].signature == made[i].signature);
  }
  const std::string leaf = signed_text(made.back().statement, made.back().signature);
  std::string most = text;
  for (std::size_t i = made.size(); i < statements_per_session_max; ++i) most += leaf;
  CHECK(parse_signed(most));
  CHECK(parse_signed(most + leaf).error().reason == "too many");
  CHECK(parse_signed("").error().reason == "none");
  CHECK_FALSE(parse_signed(text.substr(0, text.size() - 1)));
  CHECK_FALSE(parse_signed(text + "x"));
  CHECK_FALSE(parse_signed(leaf + "\n"));
  std::string changed = leaf;
  changed[40] = changed[40] == 'A' ? 'B' : 'A';
  CHECK_FALSE(parse_signed(changed));
}

TEST_CASE("a certificate of X.509 holds under the key of its purpose alone") {
  const Scene scene;
  const Statement leaf = scene.of(scene.leaf());
  CHECK(purpose_of("x509") == "x509");
  CHECK(purpose_of("x509-anchor") == "x509");
  CHECK(asked_by("x509") == ca::Kind::x509);
  CHECK(asked_by("x509-anchor") == ca::Kind::x509);
  CHECK(scene.anchor.key == x509::certified(scene.keys.of("x509")));
  CHECK_FALSE(check_signature({leaf, scene.key.sign(to_be_signed(leaf))}, scene.keys));
  CHECK(fingerprint(leaf, SignatureBytes{1}) == fingerprint(leaf, SignatureBytes{2}));
  CHECK(is_of_a_host(leaf.kind));
  CHECK_FALSE(is_of_a_host("x509-anchor"));
}

TEST_CASE("an authority's anchor is one, and its leaves are under it and in its networks") {
  const Scene scene;
  for (const Statement& statement : scene.all()) CHECK(scene.rule(statement) == "ok");
  using Details = x509::Details;
  CHECK(scene.rule_of(scene.anchor, [](Details& d) { d.not_after += Duration(1); }) == "anchor");
  CHECK(scene.rule_of(scene.anchor, [](Details& d) { d.networks.clear(); }) == "anchor");
  CHECK(scene.rule_of(scene.anchor, [](Details& d) {
    d.key = x509::certified(key_from(9).public_key());
  }) == "anchor");
  CHECK(scene.rule_of(scene.leaf(), [](Details& d) { d.issuer = "jointca other"; }) == "issuer");
  CHECK(scene.rule_of(scene.leaf(), [](Details& d) { d.issuer_key[0] ^= 1; }) == "issuer");
  CHECK(scene.rule_of(scene.leaf(), [](Details& d) {
    d.addresses = {*ca::IpAddress::parse("10.43.0.7")};
  }) == "network");
  CHECK(scene.rule_of(scene.leaf(), [](Details& d) { d.not_after += Duration(400 * 86400); }) ==
        "anchor validity");
  // What would make it another host's, in the eyes of programs that look there.
  const std::string other = ca::did_key(key_from(5).public_key());
  CHECK(scene.rule_of(scene.leaf(), [](Details& d) { d.dns_names = {"db1", "web1"}; }) == "leaf");
  CHECK(scene.rule_of(scene.leaf(), [&](Details& d) { d.uris = {other}; }) == "leaf");
  CHECK(scene.rule_of(scene.leaf(), [](Details& d) { d.uris.clear(); }) == "leaf");
  CHECK(scene.rule_of(scene.leaf(), [](Details& d) { d.serial[9] ^= 1; }) == "leaf");
  Scene without;
  without.authority.ca_certificates.clear();
  CHECK(without.rule(scene.of(scene.leaf())) == "issuer");
}

TEST_CASE("nothing verifies under an authority whose key issues nothing, whatever its signature") {
  const Scene scene;
  // R = s·B is a signature under the point of order 4 whenever the challenge is divisible by 4.
  const auto forged = [](std::uint64_t s) {
    const Scalar scalar(s);
    const auto R = base_mul_vartime(scalar).bytes(), z = scalar.bytes();
    SignatureBytes out{};
    std::copy(R.begin(), R.end(), out.begin());
    std::copy(z.begin(), z.end(), out.begin() + 32);
    return out;
  };
  const PublicKey no_point{Digest{2}};
  REQUIRE_FALSE(Point::parse(no_point.bytes));
  std::size_t of_order_4 = 0;
  for (const JointPublicKey& group : {JointPublicKey(p256::Point::base()), JointPublicKey(no_point),
                                      JointPublicKey(PublicKey{})}) {
    const Keys keys(group);
    for (const std::string_view kind : all_kinds) CHECK_FALSE(Point::parse(keys.of(kind).bytes));
    for (const Statement& statement : scene.all())
      for (std::uint64_t s = 1; s <= 64; ++s) {
        const Signed attempt{statement, forged(s)};
        CHECK_FALSE(check_signature(attempt, keys));
        of_order_4 += verify(PublicKey{}, to_be_signed(statement), attempt.signature) ? 1 : 0;
      }
  }
  CHECK(of_order_4 > 0);
}

}  // namespace
}  // namespace jointca::issued
