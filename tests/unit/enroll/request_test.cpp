// tests/unit/enroll/request_test.cpp — every check of verify_request, in a case where it fails.
#include "enroll/request.h"

#include <type_traits>

#include <catch2/catch.hpp>

#include "tests/unit/enroll/enroll_fixture.h"

using namespace jointca;
using namespace jointca::enroll;
using namespace jointca::enroll::test;

static_assert(!std::is_constructible_v<VerifiedRequest, Request, Digest, std::string>);

TEST_CASE("a request is verified and its proposal states the invitation's terms") {
  Scene scene;
  const Request request = scene.request();
  const Bytes sealed = seal_request(request, scene.keys(), scene.rng);
  const auto verified = verify_request(sealed, scene.authority, scene.lookup());
  REQUIRE(verified);
  CHECK(verified->request() == request);
  CHECK(verified->digest() == request_digest(request));
  CHECK(verified->inviter() == "alpha");

  const std::vector<ca::Prefix> networks{*ca::Prefix::parse("10.42.0.7/16")};
  const ca::Proposal proposal = to_proposal(*verified, networks, now, now + std::chrono::hours(24));
  CHECK(proposal.request == request_digest(request));
  CHECK(proposal.host_identity == scene.identity.public_key());
  CHECK(proposal.keys == request.keys);
  CHECK(proposal.keys.at(ca::Kind::nebula) ==
        ca::HostKey{scene.nebula.public_key(), "198.51.100.4:4242"});
  CHECK_FALSE(proposal.renewal);
  CHECK(proposal.lighthouse);
  CHECK(proposal.subject ==
        ca::Subject{"web-1", networks, {"web", "team:ops"}, now, now + std::chrono::hours(24)});
  CHECK(proposal.kinds == kinds_of(request));
  CHECK(proposal.voucher.invitation == digest(request.invitation));
  CHECK(proposal.voucher.invitation_key == request.invitation.key);
  CHECK(proposal.voucher.inviter == "alpha");
  CHECK(proposal.voucher.terms == request.invitation.terms);
}

TEST_CASE("a request can be read without its authority, signatures unchecked") {
  Scene scene;
  const Request request = scene.request();
  Bytes sealed = seal_request(request, scene.keys(), scene.rng);
  sealed.back() ^= 1;
  const auto read = parse_request(sealed);
  REQUIRE(read);
  CHECK(*read == request);
  sealed.push_back(0);
  CHECK_FALSE(parse_request(sealed));
}

TEST_CASE("sealing a request twice gives other bytes and the same request") {
  Scene scene;
  const Request request = scene.request();
  const Bytes first = seal_request(request, scene.keys(), scene.rng);
  const Bytes second = seal_request(request, scene.keys(), scene.rng);
  CHECK(first != second);
  CHECK(verify_request(first, scene.authority, scene.lookup())->digest() ==
        verify_request(second, scene.authority, scene.lookup())->digest());
  CHECK(request_digest(scene.request()) != request_digest(request));
}

TEST_CASE("a request with any bit changed is refused") {
  Scene scene;
  const Bytes sealed = seal_request(scene.request(), scene.keys(), scene.rng);
  for (std::size_t bit = 0; bit < sealed.size() * 8; bit += 3) {
    Bytes changed = sealed;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ (1U << (bit % 8)));
    CHECK(scene.verdict(changed) != "verified");
  }
}

TEST_CASE("request.malformed: truncated, extended, oversized or out of range") {
  Scene scene;
  Request request = scene.request();
  Bytes sealed = seal_request(request, scene.keys(), scene.rng);
  for (std::size_t size = 0; size < sealed.size(); size += 7)
    CHECK(scene.verdict(BytesView(sealed).first(size)) == "request.malformed");
  sealed.push_back(0);
  CHECK(scene.verdict(sealed) == "request.malformed");
  CHECK(scene.verdict(Bytes(request_bytes_max + 1)) == "request.malformed");

  const auto verdict = [&](auto bend) {
    Request bent = request;
    bend(bent);
    return scene.verdict(seal_request(bent, scene.keys(), scene.rng));
  };
  CHECK(verdict([](Request& r) { r.keys = {}; }) == "request.malformed");
  CHECK(verdict([](Request& r) { r.keys[ca::Kind::nebula].endpoint = "a b"; }) ==
        "request.malformed");
  CHECK(verdict([](Request& r) { r.keys[ca::Kind::nebula].endpoint = std::string(256, 'a'); }) ==
        "request.malformed");
  CHECK(verdict([](Request& r) { r.made = time_from_unix(-1); }) == "request.malformed");
  CHECK(verdict([](Request& r) { r.keys[ca::Kind::nebula].endpoint = ""; }) == "verified");
}

TEST_CASE("request.authority: the request or its invitation is for another authority") {
  Scene scene;
  Request request = scene.request();
  request.authority = Digest{8};
  CHECK(scene.verdict(seal_request(request, scene.keys(), scene.rng)) == "request.authority");
  request.authority = scene.authority;
  request.invitation.authority = Digest{8};
  CHECK(scene.verdict(seal_request(request, scene.keys(), scene.rng)) == "request.authority");
}

TEST_CASE("request.inviter: a stranger signed the invitation") {
  Scene scene;
  scene.party = SigningKey::generate(scene.rng);
  CHECK(scene.verdict(seal_request(scene.request(), scene.keys(), scene.rng)) == "request.inviter");
}

TEST_CASE("request.invitation_signature: the host changed the terms") {
  Scene scene;
  Request request = scene.request();
  request.invitation.terms.groups.push_back("admin");
  CHECK(scene.verdict(seal_request(request, scene.keys(), scene.rng)) ==
        "request.invitation_signature");
}

TEST_CASE("request.invitation_possession: who saw only the public part cannot redeem it") {
  Scene scene;
  const Request request = scene.request();
  RequestKeys thief = scene.keys();
  thief.invitation = &scene.identity;
  CHECK(scene.verdict(seal_request(request, thief, scene.rng)) == "request.invitation_possession");
}

TEST_CASE("request.identity_possession: the identity belongs to another host") {
  Scene scene;
  Request request = scene.request();
  request.host_identity = SigningKey::generate(scene.rng).public_key();
  CHECK(scene.verdict(seal_request(request, scene.keys(), scene.rng)) ==
        "request.identity_possession");
}

TEST_CASE("request.key_possession: a key belongs to another host") {
  Scene scene;
  for (const ca::Kind kind : {ca::Kind::nebula, ca::Kind::wireguard}) {
    Request request = scene.request();
    request.keys[kind].public_key = X25519Key::generate(scene.rng).public_key();
    CHECK(scene.verdict(seal_request(request, scene.keys(), scene.rng)) ==
          "request.key_possession");
  }
}

TEST_CASE("request.key_possession: the proof of one kind does not stand for another") {
  Scene scene;
  RequestKeys swapped = scene.keys();
  swapped.by_kind = {{ca::Kind::nebula, &scene.wireguard}, {ca::Kind::wireguard, &scene.nebula}};
  CHECK(scene.verdict(seal_request(scene.request(), swapped, scene.rng)) ==
        "request.key_possession");
}

TEST_CASE("a renewal needs every signature but the invitation's") {
  Scene scene;
  const Request request =
      make_request(scene.token.invitation, scene.renewal_keys(), {}, false, now, scene.rng);
  CHECK(request.basis == Basis::renewal);
  const Bytes sealed = seal_request(request, scene.renewal_keys(), scene.rng);
  const auto verified = verify_request(sealed, scene.authority, scene.lookup());
  REQUIRE(verified);
  CHECK(to_proposal(*verified, {}, now, now).renewal);

  const SigningKey stranger = SigningKey::generate(scene.rng);
  RequestKeys thief = scene.renewal_keys();
  const RequestKeys other{nullptr, stranger, thief.by_kind};
  CHECK(scene.verdict(seal_request(request, other, scene.rng)) == "request.identity_possession");
  Request first = request;
  first.basis = Basis::invitation;
  RequestKeys with_invitation = scene.keys();
  with_invitation.invitation = &scene.identity;
  CHECK(scene.verdict(seal_request(first, with_invitation, scene.rng)) ==
        "request.invitation_possession");
}

TEST_CASE("request.key_low_order: a key with which every secret is known") {
  Scene scene;
  Request request = scene.request();
  for (const std::uint8_t u : Bytes{0, 1}) {
    request.keys[ca::Kind::wireguard].public_key = Digest{u};
    CHECK(scene.verdict(seal_request(request, scene.keys(), scene.rng)) == "request.key_low_order");
  }
}

/// A request for X.509 alone, with this key.
struct TlsScene : Scene {
  SigningKey tls = SigningKey::generate(rng);

  TlsScene() {
    Terms terms = terms_of_web();
    terms.kinds = {ca::Kind::x509};
    token = invite(terms);
    invitation_key = SigningKey(token.seed.duplicate());
  }
  [[nodiscard]] RequestKeys tls_keys() const {
    return {&invitation_key, identity, {{ca::Kind::x509, &tls}}};
  }
  Request tls_request() { return make_request(token.invitation, tls_keys(), {}, false, now, rng); }
};

TEST_CASE("a key for X.509 is of Ed25519 and signs for itself") {
  TlsScene scene;
  const Request request = scene.tls_request();
  CHECK(request.keys.at(ca::Kind::x509).public_key == scene.tls.public_key().bytes);
  CHECK(scene.verdict(seal_request(request, scene.tls_keys(), scene.rng)) == "verified");
  Request other = request;
  other.keys[ca::Kind::x509].public_key = scene.identity.public_key().bytes;
  CHECK(scene.verdict(seal_request(other, scene.tls_keys(), scene.rng)) ==
        "request.key_possession");
}

TEST_CASE("request.key_low_order: an Ed25519 key for which anyone signs, or that is none") {
  TlsScene scene;
  Request request = scene.tls_request();
  for (const Digest& weak : {Digest{}, Digest{1}, Digest{2}}) {  // order 4, order 1, off the curve
    request.keys[ca::Kind::x509].public_key = weak;
    CHECK(scene.verdict(seal_request(request, scene.tls_keys(), scene.rng)) ==
          "request.key_low_order");
  }
}

TEST_CASE("a signature of one role does not stand for another") {
  Scene scene;
  // One key in both Ed25519 roles: the signatures still differ, and cannot be swapped.
  const RequestKeys same{
      &scene.invitation_key, scene.invitation_key, {{ca::Kind::nebula, &scene.nebula}}};
  const Request request = make_request(scene.token.invitation, same, {}, false, now, scene.rng);
  Bytes sealed = seal_request(request, same, scene.rng);
  CHECK(scene.verdict(sealed) == "verified");
  const auto at = [&](std::size_t from_end) {
    return sealed.end() - static_cast<std::ptrdiff_t>(from_end);
  };
  std::swap_ranges(at(192), at(128), at(128));
  CHECK(scene.verdict(sealed) == "request.invitation_possession");
}
