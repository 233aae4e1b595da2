// tests/unit/issued/session_statement_test.cpp — grants, anchors and seats as statements, and what
// must hold of every one that an authority signs.
#include <catch2/catch.hpp>

#include "issued/rules.h"
#include "mpyc-adapter/agreement.h"
#include "tests/support/mpyc_session.h"
#include "tests/support/nebula_ca.h"

using namespace jointca;
using namespace jointca::issued;
using test::key_from;

namespace {

struct Scene {
  SigningKey key = key_from(1);
  ca::Authority authority;
  mpyc::Manifest manifest = test::session_manifest();
  std::vector<std::string> tokens;
  Keys keys{key.public_key()};

  Scene() {
    const nebula::Details details = test::nebula_ca_details(key);
    authority.id = Digest{5};
    authority.group_public_key = key.public_key();
    authority.networks = {*ca::Prefix::parse("192.0.2.0/24")};
    authority.ca_certificates = {
        nebula::to_pem(test::sign_nebula(nebula::Version::v2, details, key))};
    manifest.authority = authority.id;
    manifest.not_before = time_from_unix(details.not_before);
    manifest.not_after = manifest.not_before + Duration{7200};
    tokens = test::session_consents(manifest);
  }
  [[nodiscard]] Digest digest() const { return mpyc::digest(manifest); }
  [[nodiscard]] PublicKey session() const { return PublicKey{digest()}; }
  [[nodiscard]] PublicKey consents() const { return PublicKey{mpyc::consents_digest(tokens)}; }
  [[nodiscard]] mpyc::Grant grant() const { return mpyc::grant_of(manifest, tokens); }
  [[nodiscard]] std::vector<x509::Details> certificates() const {
    return mpyc::session_certificates(manifest, *mpyc::open_consents(tokens, manifest),
                                      keys.of(session_seat_kind));
  }
  [[nodiscard]] static Statement of(const x509::Details& details) {
    const auto bytes = x509::to_be_signed(details);
    REQUIRE(bytes);
    const auto statement = parse_statement(kind_of(details), *bytes);
    REQUIRE(statement);
    return *statement;
  }
  [[nodiscard]] static Statement of(const mpyc::Grant& grant) {
    return {std::string(session_grant_kind), grant};
  }
  [[nodiscard]] std::vector<Statement> all() const {
    std::vector<Statement> out{of(grant())};
    for (const x509::Details& each : certificates()) out.push_back(of(each));
    return out;
  }
  /// The rule that it breaks, as an entry has it.
  [[nodiscard]] std::string rule(const Statement& statement, const PublicKey& host) const {
    const Digest request = digest();
    const PublicKey voucher = consents();
    const auto checked = AuthorityRules(authority).check(statement, {request, host, voucher});
    return checked ? "ok" : checked.error().rule;
  }
};

}  // namespace

TEST_CASE("a session's statements are read back as their own kind and no other") {
  const Scene scene;
  const auto statements = scene.all();
  REQUIRE(statements.size() == 5);
  CHECK(statements[0].kind == "session-grant");
  CHECK(statements[1].kind == "session-anchor");
  CHECK(statements[4].kind == "session-seat");
  std::string text;
  for (const Statement& statement : statements) {
    const Bytes bytes = to_be_signed(statement);
    for (const std::string_view kind : all_kinds)
      CHECK(parse_statement(kind, bytes).has_value() == (kind == statement.kind));
    CHECK(is_known_kind(statement.kind));
    CHECK(is_of_a_session(statement.kind));
    CHECK_FALSE(is_of_a_host(statement.kind));
    CHECK_FALSE(asked_by(statement.kind));
    CHECK(is_revocable(statement.kind) == (statement.kind != "session-anchor"));
    text += signed_text(statement, scene.key.sign(bytes));
  }
  const auto read = parse_signed(text);
  REQUIRE(read);
  for (std::size_t i = 0; i < statements.size(); ++i) CHECK((*read)[i].statement == statements[i]);
}

TEST_CASE("grants and seats have keys of their own") {
  const Scene scene;
  CHECK(purpose_of("session-grant") == "session-grants");
  CHECK(purpose_of("session-anchor") == "session-x509");
  CHECK(purpose_of("session-seat") == "session-x509");
  CHECK(scene.keys.of("session-grant") != scene.keys.of("session-seat"));
  CHECK(scene.keys.of("session-seat") != scene.keys.of("x509"));
  CHECK(scene.keys.of("session-seat") == scene.keys.of("session-anchor"));
  CHECK(entry_subject(scene.all()[0]).name == ca::session_name(scene.manifest.session));
}

TEST_CASE("what follows from manifest, consents and hosts is allowed, wherever its seats are") {
  const Scene scene;
  const auto statements = scene.all();
  CHECK(scene.rule(statements[0], scene.session()) == "ok");
  CHECK(scene.rule(statements[1], scene.session()) == "ok");
  for (std::size_t seat = 0; seat < 3; ++seat)
    CHECK(scene.rule(statements[seat + 2], scene.manifest.seats[seat].identity) == "ok");
}

TEST_CASE("a grant of something else than was asked for breaks a rule") {
  const Scene scene;
  const auto with = [&](auto change) {
    mpyc::Grant grant = scene.grant();
    change(grant);
    return scene.rule(Scene::of(grant), scene.session());
  };
  CHECK(with([](mpyc::Grant& grant) { grant.authority[0] ^= 1; }) == "authority");
  CHECK(with([](mpyc::Grant& grant) { grant.manifest[0] ^= 1; }) == "session");
  CHECK(with([](mpyc::Grant& grant) { grant.consents[0] ^= 1; }) == "session");
  CHECK(with([](mpyc::Grant& grant) { grant.not_before -= Duration{1}; }) == "validity");
  CHECK(with([](mpyc::Grant& grant) { grant.not_after = time_max; }) == "validity");
  CHECK(scene.rule(Scene::of(scene.grant()), scene.manifest.seats[0].identity) == "session");
}

TEST_CASE("a certificate of another session, seat, host or key breaks a rule") {
  const Scene scene;
  const auto right = scene.certificates();
  const PublicKey alice = scene.manifest.seats[0].identity;
  const auto with = [&](std::size_t which, const PublicKey& host, auto change) {
    x509::Details details = right[which];
    change(details);
    return scene.rule(Scene::of(details), host);
  };
  const auto nothing = [](x509::Details&) {};
  CHECK(with(0, alice, nothing) == "session");
  CHECK(with(1, scene.manifest.seats[1].identity, nothing) == "session");
  CHECK(with(1, scene.session(), nothing) == "session");
  CHECK(with(1, alice, [](x509::Details& leaf) { leaf.name = "MPyC party 1"; }) == "session");
  CHECK(with(1, alice, [](x509::Details& leaf) { leaf.serial[9] ^= 1; }) == "session");
  CHECK(with(1, alice, [](x509::Details& leaf) { leaf.dns_names = {"alice.example"}; }) ==
        "session");
  CHECK(with(1, alice, [](x509::Details& leaf) { leaf.uris.pop_back(); }) == "session");
  CHECK(with(1, alice, [](x509::Details& leaf) { leaf.not_before -= Duration{1}; }) == "validity");
  mpyc::Manifest other = scene.manifest;
  other.session[0] ^= 1;
  const x509::Details foreign = mpyc::session_anchor(other, scene.keys.of(session_anchor_kind));
  CHECK(scene.rule(Scene::of(foreign), scene.session()) == "session");
  x509::Details long_anchor = right[0];
  long_anchor.not_after += Duration{8 * 86400};
  CHECK(scene.rule(Scene::of(long_anchor), scene.session()) == "validity");
}
