// tests/misbehaviour/p256_ceremony_test.cpp — a ceremony's key of p256 over real links, with the
// production parameters and fixed primes: honest, with a liar, and with one that is silent.
#include "crypto/p256.h"
#include "crypto/rng.h"
#include "daemon/ceremony_key.h"
#include "tests/support/ring.h"
#include "tests/unit/crypto/safe_primes.h"

using namespace jointca;
using namespace jointca::test;
using daemon::CeremonyResult;
using daemon::Channel;
using daemon::MadeKey;

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
  const auto signed_by = world.ring.run<std::vector<Bytes>>(
      first_parties(3), first_parties(3),
      [&](Identifier self,
          Channel& channel) -> transport::awaitable<CeremonyResult<std::vector<Bytes>>> {
        auto signatures =
            co_await daemon::sign_messages(channel, made.at(self).package, messages, world.rng);
        co_await channel.flush();
        co_return signatures;
      });
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
    const auto& failure = outcomes.at(witness).error();
    CHECK(failure.error.message.find("party2 failed cggmp24.aux.r3.fac") != std::string::npos);
    REQUIRE(failure.evidence.size() == 1);
    const auto shown = parse_evidence(to_json(failure.evidence.front()));
    REQUIRE(shown);
    CHECK(shown->culprit == cheat);
    const auto verdict = verify_evidence(*shown, stranger(world.network, 2));
    INFO((verdict ? "" : verdict.error().message));
    CHECK(verdict);
    Evidence other = *shown;
    other.culprit = P(1);
    CHECK_FALSE(verify_evidence(other, stranger(world.network, 2)));
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
