// tests/unit/daemon/authority_check_test.cpp — whether an authority of p256 is what its parties
// signed, all of it.
#include "daemon/authority_check.h"

#include <functional>

#include <catch2/catch.hpp>

#include "tests/support/nebula_vectors.h"
#include "tests/support/seeded_rng.h"

using namespace jointca;

namespace {

/// Three parties, and the CA certificate of a key of nebula-cert as if they had made it.
struct Made {
  Made() {
    test::SeededRng rng(11);
    const std::string ca = test::upstream().ca_p256;
    const auto succession = nebula::Succession::from_pem({ca});
    REQUIRE(succession);
    const Bytes key = succession->certificates().front().details.public_key;
    authority.name = "mesh";
    authority.scheme = p256_scheme;
    authority.group_public_key = p256::Point(*P256PublicKey::parse(key));
    authority.min_signers = 2;
    authority.networks = {*ca::Prefix::parse("10.42.0.0/16")};
    authority.ca_certificates = {ca};
    authority.ceremony = {Digest{4}, Digest{5}, {}};
    for (std::uint16_t i = 1; i <= 3; ++i) {
      identities.push_back(SigningKey::generate(rng));
      const std::string name = "party" + std::to_string(i);
      const auto log_key = SigningKey::generate(rng).public_key();
      const log::NoteVerifier cosigner{name + ".example/log/cosigner",
                                       log::NoteKeyType::cosignature,
                                       SigningKey::generate(rng).public_key()};
      authority.parties.push_back(
          {i,
           {name, identities.back().public_key(), log::vkey_text(name + ".example/log", log_key),
            cosigner.text(), "192.0.2.1:7101", "192.0.2.1:7201"},
           to_bytes(base_mul_vartime(p256::Scalar(i)).bytes()),
           Digest{static_cast<std::uint8_t>(i)}});
    }
    certify();
  }

  /// All sign what it says now.
  void certify() {
    const auto statement = daemon::statement_of(authority);
    REQUIRE(statement);
    authority.id = statement->digest();
    authority.ceremony.signatures.clear();
    for (std::size_t i = 0; i < identities.size(); ++i)
      authority.ceremony.signatures.push_back(
          ceremony::begin(*statement, Identifier(static_cast<std::uint16_t>(i + 1)), identities[i],
                          daemon::roster_of(authority))
              .outbox.to_all.signature);
  }
  [[nodiscard]] std::string verdict() const {
    const auto checked = daemon::checked_authority(ca::to_json(authority));
    return checked ? "accepted" : checked.error().message;
  }

  ca::Authority authority;
  std::vector<SigningKey> identities;
};

}  // namespace

TEST_CASE("an authority of p256 that all its parties signed is accepted") {
  const Made made;
  CHECK(made.verdict() == "accepted");
  const auto statement = daemon::statement_of(made.authority);
  REQUIRE(statement);
  const auto& key = std::get<cggmp24::CertifiedKey>(statement->group);
  CHECK(JointPublicKey(key.group.public_key) == made.authority.group_public_key);
  CHECK(key.group.min_signers == 2);
  CHECK(key.group.verifying_shares.size() == 3);
  CHECK(key.aux.at(Identifier(3)) == Digest{3});
}

TEST_CASE("nothing of an authority of p256 changes without its parties") {
  const std::string other_id = "authority: id is not that of its content";
  const auto changed = [](const std::function<void(ca::Authority&)>& change) {
    Made made;
    change(made.authority);
    return made.verdict();
  };
  CHECK(changed([](auto& a) { a.parties[1].aux->at(31) ^= 1; }) == other_id);
  CHECK(changed([](auto& a) {
          std::swap(a.parties[0].verifying_share, a.parties[1].verifying_share);
        }) == other_id);
  CHECK(changed([](auto& a) { a.group_public_key = p256::Point::base(); }) == other_id);
  CHECK(changed([](auto& a) { a.min_signers = 3; }) == other_id);
  CHECK(changed([](auto& a) { a.ceremony.session[0] ^= 1; }) == other_id);
  CHECK(changed([](auto& a) { a.ceremony.transcript[0] ^= 1; }) == other_id);
  CHECK(changed([](auto& a) { a.name += "x"; }) == other_id);
  CHECK(changed([](auto& a) { a.id[0] ^= 1; }) == other_id);
  CHECK(changed([](auto& a) { a.ceremony.signatures[2][0] ^= 1; }) != "accepted");
  CHECK(changed([](auto& a) { a.ceremony.signatures[2] = a.ceremony.signatures[1]; }) !=
        "accepted");
}

TEST_CASE("also what all parties of p256 signed has to be of one scheme and key") {
  Made other_key;
  other_key.authority.group_public_key = p256::Point::base();
  other_key.certify();
  CHECK(other_key.verdict() == "authority: ca_certificates: not of the group key");

  Made other_scheme;
  other_scheme.authority.scheme = ed25519_scheme;
  const auto statement = daemon::statement_of(other_scheme.authority);
  REQUIRE_FALSE(statement);
  CHECK(statement.error().message == "authority: group_public_key: not of the scheme ed25519");

  Made no_moduli;
  no_moduli.authority.parties[1].aux.reset();
  CHECK(daemon::statement_of(no_moduli.authority).error().message ==
        "authority: aux_info of party2: missing");
  Made no_point;
  no_point.authority.parties[1].verifying_share[1] ^= 1;
  CHECK_FALSE(daemon::statement_of(no_point.authority));
}
