// tests/unit/enroll/enroll_fixture.h — one party, one invitation and one host.
#pragma once

#include "enroll/request.h"
#include "tests/support/seeded_rng.h"

namespace jointca::enroll::test {

inline constexpr Time now = time_from_unix(1'800'000'000);

inline Terms terms_of_web() {
  return {"web-1",
          {"web", "team:ops"},
          {ca::Kind::nebula, ca::Kind::wireguard},
          {*ca::IpAddress::parse("10.42.0.7"), *ca::IpAddress::parse("fd42::7")},
          std::chrono::hours(24),
          1,
          now + std::chrono::hours(1)};
}

struct Scene {
  jointca::test::SeededRng rng{1};
  Digest authority{7};
  SigningKey party = SigningKey::generate(rng);
  InvitationToken token = invite(terms_of_web());
  SigningKey invitation_key{token.seed.duplicate()};
  SigningKey identity = SigningKey::generate(rng);
  X25519Key nebula = X25519Key::generate(rng);

  InvitationToken invite(const Terms& terms) {
    auto made =
        make_invitation(authority, terms, party, now,
                        {{"192.0.2.1:7443", party.public_key()}, {"[2001:db8::1]:7443", {}}}, rng);
    JCA_ASSERT(made.has_value());
    return *std::move(made);
  }

  X25519Key wireguard = X25519Key::generate(rng);

  RequestKeys keys() const {
    return {&invitation_key,
            identity,
            {{ca::Kind::nebula, &nebula}, {ca::Kind::wireguard, &wireguard}}};
  }
  RequestKeys renewal_keys() const {
    RequestKeys without = keys();
    without.invitation = nullptr;
    return without;
  }
  Request request() {
    return make_request(token.invitation, keys(), {{ca::Kind::nebula, "198.51.100.4:4242"}}, true,
                        now, rng);
  }

  /// The name of our one party.
  PartyLookup lookup() const {
    return [this](const PublicKey& key) {
      return key == party.public_key() ? std::optional<std::string>("alpha") : std::nullopt;
    };
  }
  /// The check that fails, or "verified".
  std::string verdict(BytesView sealed) const {
    const auto verified = verify_request(sealed, authority, lookup());
    return verified ? "verified" : verified.error().check;
  }
};

}  // namespace jointca::enroll::test
