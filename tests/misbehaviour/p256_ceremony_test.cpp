// tests/misbehaviour/p256_ceremony_test.cpp — a ceremony's key of p256 over real links, with the
// production parameters and fixed primes: honest, with a liar, and with one that is silent.
#include "crypto/p256.h"
#include "crypto/rng.h"
#include "daemon/ceremony_key.h"
#include "daemon/member.h"
#include "daemon/messages.h"
#include "machine/files.h"
#include "tests/support/ring.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/crypto/safe_primes.h"
#include "threshold/cggmp24/presign/messages.h"
#include "threshold/cggmp24/sign.h"

using namespace jointca;
using namespace jointca::test;
using daemon::CeremonyResult;
using daemon::Channel;
using daemon::MadeKey;
using daemon::MessageType;

namespace {

const Identifier cheat = P(2);

/// The primes of one of three parties.
daemon::AuxPrimes primes_of(Identifier self) {
  const std::size_t i = 2U * (self.value() - 1U);
  return {production_pair(i), production_pair(i + 1)};
}

/// Three parties, any two of whom sign.
struct World {
  explicit World(std::chrono::milliseconds lasts = std::chrono::seconds(200))
      : network(3), ring(network, lasts) {}
  /// The key at each of `honest_ones`; the others do `otherwise`.
  template <class Otherwise>
  PerParty<CeremonyResult<MadeKey>> make(const PartySet& honest_ones, Otherwise otherwise) {
    return ring.run<MadeKey>(
        first_parties(3), honest_ones,
        [&](Identifier self, Channel& channel) -> transport::awaitable<CeremonyResult<MadeKey>> {
          if (!honest_ones.contains(self)) {
            auto lied = co_await otherwise(self, channel);
            co_return lied;
          }
          auto made = co_await daemon::make_p256_key(channel, {self, 2, first_parties(3)},
                                                     primes_of(self), quiet, rng);
          co_return made;
        });
  }
  /// What sign_messages() gives each, until those of `waited` have it.
  PerParty<CeremonyResult<std::vector<Bytes>>> sign(const PartySet& waited,
                                                    const std::vector<Bytes>& messages);
  /// The other signer has evidence against the cheat that convinces a stranger; the party that
  /// does not sign has none.
  void expect_conviction(const std::string& check);

  Network network;
  Ring ring;
  SystemRng rng;
  daemon::Progress quiet = [](const std::string&) {};
};

/// The keys of an honest ceremony, made once.
const PerParty<MadeKey>& made_keys() {
  static const PerParty<MadeKey> keys = [] {
    World world;
    PerParty<MadeKey> out;
    for (auto& [self, outcome] : world.make(first_parties(3), [](Identifier, Channel&) {
           return transport::awaitable<CeremonyResult<MadeKey>>();
         })) {
      INFO((outcome ? "" : outcome.error().error.message));
      REQUIRE(outcome);
      out.emplace(self, *std::move(outcome));
    }
    return out;
  }();
  return keys;
}

PerParty<CeremonyResult<std::vector<Bytes>>> World::sign(const PartySet& waited,
                                                         const std::vector<Bytes>& messages) {
  return ring.run<std::vector<Bytes>>(
      first_parties(3), waited,
      [&](Identifier self,
          Channel& channel) -> transport::awaitable<CeremonyResult<std::vector<Bytes>>> {
        auto signatures =
            co_await daemon::sign_messages(channel, made_keys().at(self).package, messages, rng);
        co_await channel.flush();
        co_return signatures;
      });
}

/// Whether the failure names the cheat, with evidence of it that convinces a stranger.
void check_evidence_against_cheat(const daemon::CeremonyFailure& failure, const std::string& check,
                                  const Network& network) {
  CHECK(failure.error.message.find("party2 failed " + check) != std::string::npos);
  REQUIRE(failure.evidence.size() == 1);
  const auto shown = parse_evidence(to_json(failure.evidence.front()));
  REQUIRE(shown);
  CHECK(shown->culprit == cheat);
  CHECK(shown->check == check);
  const auto verdict = verify_evidence(*shown, stranger(network, 2));
  INFO((verdict ? "" : verdict.error().message));
  CHECK(verdict);
  Evidence other = *shown;
  other.culprit = P(1);
  CHECK_FALSE(verify_evidence(other, stranger(network, 2)));
}

void World::expect_conviction(const std::string& check) {
  const auto outcomes = sign({P(1)}, {to_bytes("message")});
  REQUIRE_FALSE(outcomes.at(P(1)));
  check_evidence_against_cheat(outcomes.at(P(1)).error(), check, network);
  if (outcomes.contains(P(3)))
    CHECK((outcomes.at(P(3)) || outcomes.at(P(3)).error().evidence.empty()));
}

}  // namespace

TEST_CASE("three parties make a key of p256, two of them sign with it, and the third learns that") {
  World world;
  const PerParty<MadeKey>& made = made_keys();
  const JointKey joint = joint_key_of(made.at(P(1)).package);
  for (const auto& [self, key] : made) {
    CHECK(joint_key_of(key.package) == joint);
    CHECK(key.transcript == made.at(P(1)).transcript);
    CHECK(identifier_of(key.package) == self);
    // As it is kept.
    const auto kept = parse_joint_key_package(encode_secret(key.package));
    INFO((kept ? "" : kept.error().text()));
    REQUIRE(kept);
    CHECK(joint_key_of(*kept) == joint);
  }

  const std::vector<Bytes> messages{to_bytes("the first"), to_bytes("the second")};
  const auto signed_by = world.sign(first_parties(3), messages);
  const auto key = std::get<p256::Point>(public_key_of(joint)).public_key();
  for (const auto& [self, signatures] : signed_by) {
    INFO((signatures ? "" : signatures.error().error.message));
    REQUIRE(signatures);
    REQUIRE(signatures->size() == messages.size());
    for (std::size_t i = 0; i < messages.size(); ++i) {
      CHECK(verify_p256(*key, messages[i], (*signatures)[i]));
      CHECK(is_low_s((*signatures)[i]));
    }
    CHECK(*signatures == *signed_by.at(P(1)));
  }
}

TEST_CASE("a wrong proof of a modulus convicts its maker before a stranger who knows the parties") {
  World world;
  using namespace cggmp24;
  const PartySet honest_ones{P(1), P(3)};
  const auto outcomes = world.make(
      honest_ones,
      [&](Identifier self, Channel& channel) -> transport::awaitable<CeremonyResult<MadeKey>> {
        auto primes = primes_of(self);
        auto first =
            aux_info::begin({&parameters<Production>(), self, first_parties(3), channel.session()},
                            std::move(primes.paillier), std::move(primes.pedersen), world.rng);
        auto second = co_await one_round(channel, std::move(first));
        auto third = co_await one_round(channel, std::move(second));
        for (auto& [peer, message] : third.outbox.to_each) message.fac[message.fac.size() / 2] ^= 1;
        auto lied = co_await daemon::run_protocol(channel, std::move(third));
        co_return daemon::ceremony_failed({Error::Code::failed, lied ? "" : "caught"});
      });
  for (const Identifier witness : honest_ones) {
    REQUIRE_FALSE(outcomes.at(witness));
    check_evidence_against_cheat(outcomes.at(witness).error(), "cggmp24.aux.r3.fac", world.network);
  }
}

TEST_CASE("a party that falls silent is named, and convicted of nothing") {
  World world(std::chrono::seconds(6));
  const auto outcomes = world.make(
      {P(1), P(3)}, [](Identifier, Channel&) -> transport::awaitable<CeremonyResult<MadeKey>> {
        co_return daemon::ceremony_failed({Error::Code::failed, "gone"});
      });
  for (const Identifier witness : {P(1), P(3)}) {
    REQUIRE_FALSE(outcomes.at(witness));
    const auto& failure = outcomes.at(witness).error();
    CHECK(failure.error.code == Error::Code::unreachable);
    CHECK(failure.error.message.find("party2 in round 35") != std::string::npos);
    CHECK(failure.evidence.empty());
  }
}

TEST_CASE("ceremony.ca_signatures") {
  // Two signers of three show the third signatures that are not of what it derived.
  World world;
  const auto outcomes = world.ring.run<std::vector<Bytes>>(
      first_parties(3), {P(3)},
      [&](Identifier self,
          Channel& channel) -> transport::awaitable<CeremonyResult<std::vector<Bytes>>> {
        const std::vector<Bytes> messages{to_bytes(self == P(3) ? "another" : "the first")};
        auto signatures = co_await daemon::sign_messages(channel, made_keys().at(self).package,
                                                         messages, world.rng);
        co_return signatures;
      });
  REQUIRE_FALSE(outcomes.at(P(3)));
  const auto& failure = outcomes.at(P(3)).error();
  CHECK(failure.evidence.empty());
  for (const std::string name : {"party1", "party2"})
    CHECK(failure.error.message.find(name + " failed ceremony.ca_signatures") != std::string::npos);
}

TEST_CASE("one signer who shows the right signatures suffices, whatever the other shows") {
  const std::vector<Bytes> messages{to_bytes("the only one")};
  for (const Identifier liar : {P(1), P(2)}) {
    World world;
    world.ring.alter = [liar](Identifier from, Identifier, std::uint16_t round, Bytes payload) {
      if (from == liar && round == static_cast<std::uint16_t>(MessageType::ca_signatures))
        payload.back() ^= 1;
      return payload;
    };
    const auto outcomes = world.sign(first_parties(3), messages);
    for (const auto& [self, signatures] : outcomes) {
      INFO((signatures ? "" : signatures.error().error.message));
      REQUIRE(signatures);
      CHECK(*signatures == *outcomes.at(P(1)));
    }
  }
}

TEST_CASE("a signer whose ciphertext is proved wrongly is convicted by the others that sign") {
  World world;
  world.ring.alter = [](Identifier from, Identifier to, std::uint16_t round, Bytes payload) {
    if (from != cheat || round != cggmp24::round_number::presign_secrets) return payload;
    auto proofs = parse(std::type_identity<cggmp24::presign::Round1Proofs>{}, payload);
    if (to != P(1) || !proofs) return payload;  // to all
    proofs->k[proofs->k.size() / 2] ^= 1;
    return encoded(*proofs);
  };
  world.expect_conviction("cggmp24.presign.r1.k");
}

TEST_CASE("a signer whose partial signature is wrong is convicted by the others that sign") {
  World world;
  Bytes lie;
  world.ring.alter = [&](Identifier from, Identifier, std::uint16_t round, Bytes payload) {
    using cggmp24::round_number::sign_partials;
    if (from != cheat) return payload;
    if (round == sign_partials) {
      auto partial = *parse(std::type_identity<cggmp24::sign::PartialMessage>{}, payload);
      partial.sigma = partial.sigma + p256::Scalar(1);
      return lie = encoded(partial);
    }
    if (round != round_number::echo_of(sign_partials)) return payload;
    // It claims to have sent to itself what it sent to the others.
    EchoMessage echo = *parse(std::type_identity<EchoMessage>{}, payload);
    for (SignedHeader& seen : echo.received)
      if (seen.header.from == cheat.value())
        seen = header_of(seal(world.network.identities.at(cheat), seen.header, lie));
    return encoded(echo);
  };
  world.expect_conviction("cggmp24.sign.partial");
}

TEST_CASE("a share is opened only for the ceremony that made it") {
  const TempDir directory;
  SystemRng rng;
  const daemon::StatePaths paths{directory.path()};
  const auto state = daemon::init_party(paths, {"party1", "192.0.2.1:7101", "192.0.2.1:7201", true},
                                        "", "", SecretBytes(to_bytes("passphrase")), rng);
  INFO((state ? "" : state.error().message));
  REQUIRE(state);
  const MadeKey& made = made_keys().at(P(1));
  const auto& package = std::get<cggmp24::KeyPackage>(made.package);
  ca::Authority authority;
  authority.id = Digest{1};
  authority.scheme = p256_scheme;
  authority.group_public_key = package.key.group.public_key;
  authority.min_signers = 2;
  authority.ceremony.transcript = made.transcript;
  for (const auto& [party, share] : package.key.group.verifying_shares) {
    ca::PartyCard card = state->card;
    card.identity.bytes[0] ^= static_cast<std::uint8_t>(party.value() - 1U);
    authority.parties.push_back(
        {party.value(), card, to_bytes(share.bytes()), package.certified().aux.at(party)});
  }
  const auto verdict = [&] {
    const auto opened = daemon::open_share(*state, authority);
    return opened ? "opened" : opened.error().message.substr(paths.share().size());
  };
  REQUIRE(machine::write_file(paths.share(),
                              daemon::seal_share(made.package, authority.id, *state, rng), 0600,
                              machine::Overwrite::allow));
  CHECK(verdict() == "opened");
  authority.ceremony.transcript[31] ^= 1;
  CHECK(verdict() == ": was not made by the authority's ceremony");
  authority.ceremony.transcript = made.transcript;
  authority.parties[2].aux->at(0) ^= 1;
  CHECK(verdict() == ": is not this party's share of the authority's key");
}
