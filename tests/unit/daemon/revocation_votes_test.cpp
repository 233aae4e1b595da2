// tests/unit/daemon/revocation_votes_test.cpp — one vote for each party, t of them decide.
#include "daemon/revocation_votes.h"

#include <catch2/catch.hpp>

#include "daemon/party_log.h"
#include "daemon/registry.h"
#include "log/checkpoint.h"
#include "tests/support/seeded_rng.h"
#include "tests/unit/daemon/registry_fixture.h"

using namespace jointca;
using namespace jointca::daemon;
using daemon::test::now;

namespace {

const Digest authority{9};
const PublicKey host{Digest{1}};
const Digest certificate{2};

log::RevokeEntry vote_for_host() {
  return {authority, "web-1", host, {certificate}, "stolen", now};
}
log::RevokeEntry vote_for_certificate() {
  return {authority, "web-1", std::nullopt, {certificate}, "leaked", now};
}

}  // namespace

TEST_CASE("a revocation takes t different parties") {
  RevocationVotes votes(authority, 2);
  votes.add(0, vote_for_host());
  votes.add(0, vote_for_host());
  CHECK_FALSE(votes.is_revoked(host));
  CHECK(votes.changes() == 2);  // of the host and of its certificate, once each
  votes.add(3, vote_for_host());
  CHECK(votes.is_revoked(host));
  CHECK(votes.is_revoked(certificate));
  CHECK(votes.alone().empty());
  CHECK_FALSE(votes.is_revoked(PublicKey{Digest{2}}));
}

TEST_CASE("a certificate may be named with its host and without it") {
  RevocationVotes votes(authority, 2);
  votes.add(0, vote_for_host());
  votes.add(1, vote_for_certificate());
  CHECK(votes.is_revoked(certificate));
  CHECK_FALSE(votes.is_revoked(host));
  CHECK(votes.alone().at(certificate).size() == 1);
}

TEST_CASE("a vote for another authority counts for nothing") {
  RevocationVotes votes(authority, 1);
  log::RevokeEntry other = vote_for_host();
  other.authority = Digest{1};
  votes.add(0, other);
  CHECK(votes.changes() == 0);
  CHECK_FALSE(votes.is_revoked(host));
}

TEST_CASE("a party that floods its log silences itself only") {
  RevocationVotes votes(authority, 1);
  for (std::size_t i = 0; i < votes_per_party_max; ++i) {
    Digest name{};
    for (std::size_t byte = 0; byte < 4; ++byte)
      name[byte] = static_cast<std::uint8_t>(i >> (8 * byte));
    name[31] = 1;
    votes.add(1, {authority, "x", PublicKey{name}, {}, "x", now});
  }
  votes.add(1, vote_for_host());
  CHECK_FALSE(votes.is_revoked(host));
  votes.add(2, vote_for_host());
  CHECK(votes.is_revoked(host));
}

TEST_CASE("votes are loaded from all logs, and a revoked host holds nothing") {
  jointca::test::TempDir dir;
  const auto store = daemon::test::store_in(dir);
  const auto append = [&](std::uint16_t number, std::uint8_t key) {
    jointca::test::SeededRng rng(key);
    const SigningKey log_key = SigningKey::generate(rng);
    const log::NoteVerifier verifier{"log", log::NoteKeyType::ed25519, log_key.public_key()};
    const auto copy = LogStore::open(*store, number, verifier);
    REQUIRE(copy);
    const auto bytes = log::encode(vote_for_host());
    REQUIRE(bytes);
    LogStore::Append step = (*copy)->extended_by({*bytes, to_bytes("no entry at all")});
    step.checkpoint = log::sign_checkpoint({"log", step.tree.size(), step.tree.root()}, log_key);
    REQUIRE(store->transact([&](soci::session& sql) { (*copy)->write(sql, step); }));
  };
  const auto load = [&] {
    auto registry = Registry::load(*store, RevocationVotes(authority, 2));
    REQUIRE(registry);
    return *std::move(registry);
  };
  Holding held = daemon::test::holding("web-1", 7);
  held.host = host;
  REQUIRE(store->transact([&](soci::session& sql) { load()->write(sql, held); }));
  append(own_log, 1);
  const auto before = load();
  CHECK_FALSE(before->is_revoked(host));
  CHECK(before->name_holder("web-1", now, {}).has_value());
  append(3, 2);
  const auto after = load();
  CHECK(after->is_revoked(host));
  CHECK_FALSE(after->name_holder("web-1", now, {}).has_value());
  CHECK_FALSE(after->address_holder(held.subject.networks[0].address, now, {}).has_value());
  CHECK(after->used_addresses(now).empty());
}
