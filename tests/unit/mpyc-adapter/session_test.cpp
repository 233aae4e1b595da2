// tests/unit/mpyc-adapter/session_test.cpp — consents, grants and granted sessions: each rule where
// it fails.
#include "mpyc-adapter/session.h"

#include <catch2/catch.hpp>

#include "crypto/jws.h"
#include "tests/support/mpyc_session.h"
#include "x509-adapter/verify.h"

namespace jointca::mpyc {
namespace {

using test::session_consents;
using test::session_file;
using test::session_key;
using test::session_keys;
using test::session_manifest;

template <class T>
std::string rule(const Result<T, Rejection>& result) {
  return result ? "ok" : result.error().rule;
}

/// The rule that alice's consent breaks when it was changed before it was signed.
template <class Change>
std::string consent_rule(Change change, Channel channel = Channel::tls) {
  const Manifest manifest = session_manifest(channel);
  Consent consent = *open_consent(session_consents(manifest)[0], manifest);
  change(consent);
  const Bytes message = to_be_signed(consent);
  return rule(open_consent(jws::join(to_text(message), session_key(10).sign(message)), manifest));
}

TEST_CASE("two manifests that call their session the same have different anchors") {
  Manifest other = session_manifest();
  other.not_after -= Duration{1};
  REQUIRE(other.session == session_manifest().session);
  CHECK(session_anchor(other, session_keys().seats).name !=
        session_anchor(session_manifest(), session_keys().seats).name);
}

TEST_CASE("a consent is one text, and holds for its manifest") {
  for (const Channel channel : {Channel::tls, Channel::nebula}) {
    const Manifest manifest = session_manifest(channel);
    const auto tokens = session_consents(manifest);
    CHECK(tokens == session_consents(manifest));
    const auto consent = open_consent(tokens[1], manifest);
    REQUIRE(consent);
    CHECK(consent->seat == 1);
    CHECK(consent->identity == manifest.seats[1].identity);
    CHECK(consent->manifest == digest(manifest));
    CHECK(consent->tls.has_value() == (channel == Channel::tls));
    CHECK(*parse_consent(to_be_signed(*consent)) == *consent);
  }
}

TEST_CASE("consent.malformed: what is no consent in its one form") {
  const Manifest manifest = session_manifest(Channel::nebula);
  const std::string token = session_consents(manifest)[0];
  const auto refused = [&](const std::string& header, const std::string& payload) {
    return rule(
        open_consent(jws::join(jws::signing_input(header, payload), SignatureBytes{}), manifest));
  };
  const std::string header = R"({"alg":"EdDSA","typ":"jointca-consent+jwt"})";
  const std::string payload = jws::parse(token, consent_bytes_max)->content.payload;
  CHECK(refused(header, payload) == "consent.signature");
  CHECK(refused(R"({"alg":"EdDSA","typ":"jointca-grant+jwt"})", payload) == "consent.malformed");
  CHECK(refused(header, payload + " ") == "consent.malformed");
  CHECK(refused(header, R"({"seat":0)" + payload.substr(1)) == "consent.malformed");
  CHECK(refused(header, R"({"iat":0,)" + payload.substr(1)) == "consent.malformed");
  CHECK(rule(open_consent("a.b", manifest)) == "consent.malformed");
  CHECK(rule(open_consent(token + std::string(consent_bytes_max, 'A'), manifest)) ==
        "consent.malformed");
  CHECK(consent_rule([](Consent& c) { c.seat = seats_max; }) == "consent.malformed");
  CHECK_FALSE(parse_consent(Bytes(consent_bytes_max + 1, 'a')));
}

TEST_CASE("consent.manifest: another digest") {
  const Manifest manifest = session_manifest();
  Manifest other = manifest;
  other.program.arguments[0] = "9";
  CHECK(rule(open_consent(session_consents(other)[0], manifest)) == "consent.manifest");
  CHECK(consent_rule([](Consent& c) { c.manifest[0] ^= 1; }) == "consent.manifest");
}

TEST_CASE("consent.seat, consent.identity: a seat that is not there, or another's") {
  CHECK(consent_rule([](Consent& c) { c.seat = 3; }) == "consent.seat");
  CHECK(consent_rule([](Consent& c) { c.seat = 1; }) == "consent.identity");
  CHECK(consent_rule([](Consent& c) { c.identity.bytes[0] ^= 1; }) == "consent.identity");
}

TEST_CASE("consent.signature: another key signed, or another consent") {
  const Manifest manifest = session_manifest();
  const auto tokens = session_consents(manifest);
  const auto first = jws::parse(tokens[0], consent_bytes_max);
  const auto second = jws::parse(tokens[1], consent_bytes_max);
  CHECK(rule(open_consent(jws::join(first->signing_input, second->signature), manifest)) ==
        "consent.signature");
}

TEST_CASE("consent.key: there is one for tls, none elsewhere, and it is a key") {
  CHECK(consent_rule([](Consent& c) { c.tls.reset(); }) == "consent.key");
  CHECK(consent_rule([](Consent& c) { c.tls = SeatKey{}; }, Channel::nebula) == "consent.key");
  CHECK(consent_rule([](Consent& c) { c.tls->key.bytes = {}; }) == "consent.key");
}

TEST_CASE("consent.possession: the seat's key signed something else, or another did") {
  CHECK(consent_rule([](Consent& c) { c.tls->proof[0] ^= 1; }) == "consent.possession");
  CHECK(consent_rule([](Consent& c) { c.tls->key = session_key(21).public_key(); }) ==
        "consent.possession");
  // The proof of another seat, and of another session, with the same key.
  CHECK(consent_rule([](Consent& c) {
          Consent other = c;
          other.seat = 1;
          c.tls->proof = session_key(20).sign(seat_key_message(other));
        }) == "consent.possession");
  CHECK(consent_rule([](Consent& c) {
          Consent other = c;
          other.manifest[0] ^= 1;
          c.tls->proof = session_key(20).sign(seat_key_message(other));
        }) == "consent.possession");
}

TEST_CASE("all members consent, each once, each with a key of its own") {
  const Manifest manifest = session_manifest();
  auto tokens = session_consents(manifest);
  std::swap(tokens[0], tokens[2]);
  const auto consents = open_consents(tokens, manifest);
  REQUIRE(consents);
  for (std::size_t i = 0; i < 3; ++i) CHECK((*consents)[i].seat == i);
  auto one_absent = tokens;
  one_absent.erase(one_absent.begin() + 1);
  CHECK(rule(open_consents(one_absent, manifest)) == "consents.missing");
  CHECK(open_consents(one_absent, manifest).error().reason == "no consent of bob");
  CHECK(rule(open_consents({}, manifest)) == "consents.missing");
  auto twice = tokens;
  twice.push_back(tokens[0]);
  CHECK(rule(open_consents(twice, manifest)) == "consents.twice");
  CHECK(rule(open_consents(std::vector<std::string>(seats_max + 1, tokens[0]), manifest)) ==
        "consents.twice");
  auto shared = tokens;
  const SigningKey tls = session_key(22);
  shared[1] = consent_to(manifest, session_key(11), &tls);  // as carol's
  CHECK(rule(open_consents(shared, manifest)) == "consents.key");
}

TEST_CASE("a grant is derived from manifest and consents, and is one text") {
  const Manifest manifest = session_manifest();
  const auto tokens = session_consents(manifest);
  const Grant grant = grant_of(manifest, tokens);
  CHECK(*parse_grant(to_be_signed(grant)) == grant);
  CHECK(fingerprint(grant) == sha256(to_be_signed(grant)));
  CHECK(grant.consents == sha256(as_bytes(tokens[0] + "\n" + tokens[1] + "\n" + tokens[2] + "\n")));
  CHECK(jws::parse_signing_input(to_text(to_be_signed(grant)))->payload ==
        R"({"iss":")" + std::string(64, 'a') + R"(","sub":")" + std::string(32, 'b') +
            R"(","nbf":1795400000,"exp":1795407200,"manifest":")" + to_hex(digest(manifest)) +
            R"(","consents":")" + to_hex(grant.consents) + R"("})");
}

TEST_CASE("grant.malformed: what is no grant in its one form") {
  const Grant grant = grant_of(session_manifest(), session_consents(session_manifest()));
  const auto refused = [&](auto change) {
    Grant changed = grant;
    change(changed);
    const auto read = parse_grant(to_be_signed(changed));
    return read ? "ok" : read.error().text();
  };
  CHECK(refused([](Grant& g) { g.not_after = g.not_before; }) ==
        "grant.exp: not within 7 days after nbf");
  CHECK(refused([](Grant& g) { g.not_after += window_max; }) ==
        "grant.exp: not within 7 days after nbf");
  CHECK(refused([](Grant& g) { g.not_before = time_from_unix(-1); }) == "grant.nbf: out of range");
  const std::string payload = jws::parse_signing_input(to_text(to_be_signed(grant)))->payload;
  const auto text = [](const std::string& header, const std::string& body) {
    const auto read = parse_grant(as_bytes(jws::signing_input(header, body)));
    return read ? "ok" : read.error().text();
  };
  const std::string header = R"({"alg":"EdDSA","typ":"jointca-grant+jwt"})";
  CHECK(text(header, payload) == "ok");
  CHECK(text(R"({"alg":"none"})", payload) == "header: not a grant's");
  CHECK(text(header, payload + "\n") == "grant: not in canonical form");
  CHECK(text(header, R"({"x":1,)" + payload.substr(1)) == "grant.x: unknown field");
  std::string broken = payload;
  broken.replace(broken.find("bb"), 2, "zz");
  CHECK(text(header, broken) == "grant.sub: expected 16 bytes in hexadecimal");
  CHECK(parse_grant(Bytes(grant_bytes_max + 1, 'a')).error().text() == "grant: too long");
  CHECK(rule(verify_grant("a", grant, session_keys().grants)) == "grant.malformed");
  CHECK(rule(verify_grant("a.b.c", grant, session_keys().grants)) == "grant.malformed");
}

TEST_CASE("grant.content, grant.signature: of something else, or by somebody else") {
  const Manifest manifest = session_manifest();
  const Grant grant = grant_of(manifest, session_consents(manifest));
  const auto token = [](const Grant& of, std::uint8_t key) {
    return assemble(of, session_key(key).sign(to_be_signed(of)));
  };
  CHECK(rule(verify_grant(token(grant, 1), grant, session_keys().grants)) == "ok");
  Grant other = grant;
  other.consents[0] ^= 1;
  CHECK(rule(verify_grant(token(other, 1), grant, session_keys().grants)) == "grant.content");
  CHECK(rule(verify_grant(token(grant, 2), grant, session_keys().grants)) == "grant.signature");
}

/// The rule that a changed file breaks.
template <class Change>
std::string file_rule(Change change, Channel channel = Channel::tls) {
  const Manifest manifest = session_manifest(channel);
  SessionFile file = session_file(manifest);
  change(file);
  return rule(open_session(to_json(file), manifest.authority, session_keys()));
}

TEST_CASE("a granted session opens, on every channel") {
  for (const Channel channel :
       {Channel::direct, Channel::tls, Channel::wireguard, Channel::nebula}) {
    const Manifest manifest = session_manifest(channel);
    const SessionFile file = session_file(manifest);
    CHECK(*parse_session_file(to_json(file)) == file);
    const auto session = open_session(to_json(file), manifest.authority, session_keys());
    REQUIRE(session);
    CHECK(session->manifest() == manifest);
    CHECK(session->consents().size() == 3);
    CHECK(session->grant() == grant_of(manifest, file.consents));
    CHECK(session->certificates().size() == (channel == Channel::tls ? 4 : 0));
  }
}

TEST_CASE("session.malformed, session.authority: not such a file, or another authority's") {
  CHECK(file_rule([](SessionFile& f) { f.manifest.pop_back(); }) == "session.malformed");
  const Manifest manifest = session_manifest();
  const std::string text = to_json(session_file(manifest));
  const auto of = [&](std::string_view from, std::string_view to) {
    std::string changed = text;
    changed.replace(changed.find(from), from.size(), to);
    return rule(open_session(changed, manifest.authority, session_keys()));
  };
  CHECK(of("\"version\": 1", "\"version\": 2") == "session.malformed");
  CHECK(of("mpyc-session-grant", "mpyc-session") == "session.malformed");
  CHECK(of("\"version\": 1", "\"version\":  1") == "session.malformed");
  CHECK(of("\"grant\":", "\"note\": 1, \"grant\":") == "session.malformed");
  CHECK(rule(open_session(std::string(session_bytes_max + 1, ' '), manifest.authority,
                          session_keys())) == "session.malformed");
  CHECK(rule(open_session(text, Digest{1}, session_keys())) == "session.authority");
}

TEST_CASE("a session needs the consents and the grant that belong to its manifest") {
  CHECK(file_rule([](SessionFile& f) { f.consents.pop_back(); }) == "consents.missing");
  CHECK(file_rule([](SessionFile& f) { std::swap(f.consents[0], f.consents[1]); }) ==
        "consents.order");
  CHECK(file_rule([](SessionFile& f) { f.grant = "x"; }) == "grant.malformed");
  CHECK(file_rule([](SessionFile& f) {
          Manifest other = session_manifest();
          other.compare_results = true;
          f.grant = session_file(other).grant;
        }) == "grant.content");
  CHECK(file_rule([](SessionFile& f) {
          const Grant grant = grant_of(session_manifest(), f.consents);
          f.grant = assemble(grant, session_key(2).sign(to_be_signed(grant)));
        }) == "grant.signature");
}

TEST_CASE("session.certificates, session.signature: exactly those of the seats") {
  CHECK(file_rule([](SessionFile& f) { f.certificates.clear(); }) == "session.certificates");
  CHECK(file_rule([](SessionFile& f) { f.certificates.pop_back(); }) == "session.certificates");
  CHECK(file_rule([](SessionFile& f) { f.certificates[0] += "x"; }) == "session.certificates");
  CHECK(file_rule([](SessionFile& f) { std::swap(f.certificates[1], f.certificates[2]); }) ==
        "session.certificates");
  CHECK(file_rule([](SessionFile& f) { f.certificates[1] += f.certificates[2]; }) ==
        "session.certificates");
  CHECK(file_rule(
            [](SessionFile& f) { f.certificates = session_file(session_manifest()).certificates; },
            Channel::nebula) == "session.certificates");
  CHECK(file_rule([](SessionFile& f) {
          const x509::Details anchor = session_anchor(session_manifest(), session_keys().seats);
          f.certificates[0] = x509::to_pem(
              *x509::assemble(anchor, session_key(1).sign(*x509::to_be_signed(anchor))));
        }) == "session.signature");
}

TEST_CASE("the certificates of a session hold in it alone") {
  const Manifest manifest = session_manifest();
  const auto session =
      open_session(to_json(session_file(manifest)), manifest.authority, session_keys());
  REQUIRE(session);
  const auto& certificates = session->certificates();
  for (std::size_t seat = 0; seat < 3; ++seat) {
    const x509::Certificate& leaf = certificates[seat + 1];
    CHECK(leaf.details().name == "MPyC party " + std::to_string(seat));
    CHECK(leaf.details().dns_names.empty());
    CHECK(leaf.details().addresses.front() == manifest.seats[seat].address);
    CHECK(x509::check_issuable(leaf.details(), certificates[0].details()));
    CHECK(x509::verify(leaf, certificates[0], test::session_now));
  }
  CHECK(x509::check_issuable_anchor(certificates[0].details()));
  Manifest other = manifest;
  other.session[0] ^= 1;
  const auto other_anchor = session_anchor(other, session_keys().seats);
  const x509::Certificate anchor =
      *x509::assemble(other_anchor, session_key(2).sign(*x509::to_be_signed(other_anchor)));
  CHECK(x509::verify(certificates[1], anchor, test::session_now).error().rule == "issuer");
}

}  // namespace
}  // namespace jointca::mpyc
