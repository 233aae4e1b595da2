// tests/unit/daemon/protocol_runner_test.cpp — protocols over real links: what a stage blames
// arrives as evidence that convinces a stranger, with its inputs and of the right kind of message.
#include "daemon/protocol_runner.h"

#include "tests/support/ring.h"
#include "tests/unit/threshold/cggmp24/authority.h"
#include "tests/unit/threshold/cggmp24/saboteur.h"
#include "threshold/agreement.h"
#include "threshold/frost/dkg.h"
#include "threshold/frost/self_sign.h"

using namespace jointca;
using namespace jointca::test;
using daemon::CeremonyResult;
using daemon::Channel;

namespace {

constexpr std::uint16_t t = 2, n = 3;
const Identifier cheat = P(2);

PartySet honest_ones(PartySet signers) {
  signers.erase(cheat);
  return signers;
}

/// The stage's own first message, changed before it is sent.
template <class S, class Change>
auto beginning_with(Step<S> step, Identifier self, Change change) {
  if (self == cheat) change(step);
  return step;
}

/// Every honest party has one piece of evidence, against the cheat and for this check, and a
/// stranger who knows all parties agrees.
template <class T>
void expect_evidence(const PerParty<CeremonyResult<T>>& outcomes, const PartySet& witnesses,
                     const std::string& check, const EvidenceContext& context,
                     const EvidenceChecks& checks) {
  for (const Identifier witness : witnesses) {
    CAPTURE(witness.value());
    REQUIRE_FALSE(outcomes.at(witness));
    const auto& failure = outcomes.at(witness).error();
    CHECK(failure.error.code == Error::Code::misbehaviour);
    CHECK(failure.error.message.find("party2 failed " + check) != std::string::npos);
    REQUIRE(failure.evidence.size() == 1);
    const auto parsed = parse_evidence(to_json(failure.evidence.front()));
    REQUIRE(parsed);
    CHECK(parsed->culprit == cheat);
    CHECK(parsed->check == check);
    const auto verdict = verify_evidence(*parsed, context, checks);
    INFO((verdict ? "" : verdict.error().message));
    CHECK(verdict);
  }
}

/// The toy authority's parties on a ring.
struct ToyRing {
  ToyRing() : authority(toy_authority(t, n)), ring(authority.network) {
    context = stranger(authority.network, t);
  }
  template <class Change>
  auto presign(const PartySet& signers, Change change) {
    return ring.run<cggmp24::Presignature>(
        signers, honest_ones(signers),
        [&](Identifier self,
            Channel& channel) -> transport::awaitable<CeremonyResult<cggmp24::Presignature>> {
          channel.set_members(signers);
          auto step = beginning_with(
              begin_presign(authority, signers, self, channel.session(), rng), self, change);
          auto outcome = co_await daemon::run_protocol(channel, std::move(step));
          co_return outcome;
        });
  }
  const Authority& authority;
  Ring ring;
  SeededRng rng{5};
  EvidenceContext context;
  EvidenceChecks checks = cggmp24::evidence_checks(cggmp24::parameters<cggmp24::Toy>());
};

}  // namespace

TEST_CASE("some of the parties presign and sign over a channel") {
  ToyRing world;
  const PartySet signers{P(1), P(3)};
  auto outcomes = world.presign(signers, [](auto&) {});
  const cggmp24::sign::Request request{world.authority.network.session, to_bytes("message"),
                                       Digest{3}};
  PerParty<cggmp24::Presignature> presignatures;
  for (auto& [self, outcome] : outcomes) {
    INFO((outcome ? "" : outcome.error().error.message));
    REQUIRE(outcome);
    presignatures.emplace(self, *std::move(outcome));
  }
  const auto signatures = world.ring.run<Bytes>(
      signers, signers,
      [&](Identifier self, Channel& channel) -> transport::awaitable<CeremonyResult<Bytes>> {
        auto step = cggmp24::sign::begin(std::move(presignatures.at(self)), request);
        JCA_ASSERT(step.has_value());
        auto outcome = co_await daemon::run_protocol(channel, *std::move(step));
        co_return outcome;
      });
  for (const auto& [self, signature] : signatures) {
    REQUIRE(signature);
    CHECK(*signature == *signatures.at(P(1)));
  }
}

TEST_CASE("evidence of presigning brings what all had seen, and both kinds of message") {
  ToyRing world;
  const auto outcomes = world.presign(first_parties(n), [](auto& step) {
    for (auto& [peer, proofs] : step.outbox.to_each) proofs.k[proofs.k.size() / 2] ^= 1;
  });
  expect_evidence(outcomes, all_but(n, cheat), "cggmp24.presign.r1.k", world.context, world.checks);
}

TEST_CASE("a message of presigning that does not parse convicts by its own kind") {
  ToyRing world;
  // One number for both kinds: only the one that is malformed may be shown.
  const auto outcomes = world.ring.run<cggmp24::Presignature>(
      first_parties(n), all_but(n, cheat),
      [&](Identifier self,
          Channel& channel) -> transport::awaitable<CeremonyResult<cggmp24::Presignature>> {
        auto step =
            begin_presign(world.authority, first_parties(n), self, channel.session(), world.rng);
        if (self == cheat) {
          const std::uint16_t round = cggmp24::round_number::presign_secrets;
          auto sent = co_await channel.broadcast_and_agree(round, encoded(step.outbox.to_all));
          for (const auto& [peer, proofs] : step.outbox.to_each)
            channel.send(round, peer, Bytes{9});
          co_await channel.flush();
          co_return daemon::ceremony_failed({Error::Code::failed, "cheated"});
        }
        auto outcome = co_await daemon::run_protocol(channel, std::move(step));
        co_return outcome;
      });
  expect_evidence(outcomes, all_but(n, cheat), "cggmp24.presign.r1.malformed_proofs", world.context,
                  world.checks);
}

TEST_CASE("a wrong share of the nonce is traced by the error round over a channel") {
  ToyRing world;
  using namespace cggmp24::presign;
  const auto outcomes = world.ring.run<cggmp24::Presignature>(
      first_parties(n), all_but(n, cheat),
      [&](Identifier self,
          Channel& channel) -> transport::awaitable<CeremonyResult<cggmp24::Presignature>> {
        auto step =
            begin_presign(world.authority, first_parties(n), self, channel.session(), world.rng);
        if (self != cheat) {
          auto outcome = co_await daemon::run_protocol(channel, std::move(step));
          co_return outcome;
        }
        // Until round 3 as the protocol says; there it lies, and goes on with its lie.
        auto second = co_await one_round(channel, std::move(step));
        auto third = co_await one_round(channel, std::move(second));
        Saboteur::lie(third, Factor::gamma);
        auto outcome = co_await daemon::run_protocol(channel, std::move(third));
        co_return outcome;
      });
  expect_evidence(outcomes, all_but(n, cheat), "cggmp24.presign.reasons.dec", world.context,
                  world.checks);
}

TEST_CASE("a wrong share of key generation convicts by a broadcast and a message to one") {
  ToyRing world;
  using namespace cggmp24;
  const auto outcomes = world.ring.run<keygen::Output>(
      first_parties(n), all_but(n, cheat),
      [&](Identifier self,
          Channel& channel) -> transport::awaitable<CeremonyResult<keygen::Output>> {
        auto step = keygen::begin({self, t, first_parties(n), channel.session()}, world.rng);
        if (self != cheat) {
          auto outcome = co_await daemon::run_protocol(channel, std::move(step));
          co_return outcome;
        }
        auto second = co_await one_round(channel, std::move(step));
        for (auto& [peer, message] : second.outbox.to_each)
          message.share = message.share + p256::SecretScalar::from(p256::Scalar(1));
        auto outcome = co_await daemon::run_protocol(channel, std::move(second));
        co_return outcome;
      });
  expect_evidence(outcomes, all_but(n, cheat), "cggmp24.keygen.r2.share", world.context,
                  world.checks);
}

TEST_CASE("evidence of signing by all brings the package") {
  Network network(n);
  Ring ring(network);
  auto keys = deal(t, n, network.rng());
  EvidenceContext context = stranger(network, t);
  context.group = keys.at(P(1)).group;
  const auto outcomes = ring.run<std::vector<SignatureBytes>>(
      first_parties(n), all_but(n, cheat),
      [&](Identifier self,
          Channel& channel) -> transport::awaitable<CeremonyResult<std::vector<SignatureBytes>>> {
        auto step = frost::self_sign::begin(keys.at(self), {{"", to_bytes("message")}},
                                            channel.session(), network.rng());
        if (self != cheat) {
          auto outcome = co_await daemon::run_protocol(channel, std::move(step));
          co_return outcome;
        }
        auto second = co_await one_round(channel, std::move(step));
        second.outbox.to_all.shares[0] = second.outbox.to_all.shares[0] + Scalar(1);
        auto outcome = co_await daemon::run_protocol(channel, std::move(second));
        co_return outcome;
      });
  expect_evidence(outcomes, all_but(n, cheat), "frost.sign.share", context, threshold_checks());
}

TEST_CASE("a party that is about to sign something else stops all, and nobody is convicted") {
  Network network(n);
  Ring ring(network);
  const auto outcomes = ring.run<Digest>(
      first_parties(n), all_but(n, cheat),
      [&](Identifier self, Channel& channel) -> transport::awaitable<CeremonyResult<Digest>> {
        auto step = agreement::begin(Digest{self == cheat ? std::uint8_t{1} : std::uint8_t{2}},
                                     self, network.rng());
        auto outcome = co_await daemon::run_protocol(channel, std::move(step));
        co_return outcome;
      });
  for (const Identifier witness : all_but(n, cheat)) {
    REQUIRE_FALSE(outcomes.at(witness));
    CHECK(outcomes.at(witness).error().evidence.empty());
    CHECK(outcomes.at(witness).error().error.message.find("party2 failed agreement.subject") !=
          std::string::npos);
  }
}

TEST_CASE("a message that is acknowledged late is sent once, and again when the link failed") {
  using std::chrono::milliseconds;
  boost::asio::io_context io{1};
  const Network network(2);
  const SigningKey &own = network.identities.at(P(1)), &other = network.identities.at(P(2));
  const auto tls = *transport::TlsIdentity::make(own, "party1");
  const auto other_tls = *transport::TlsIdentity::make(other, "party2");
  int arrived = 0;
  const auto handle = [&arrived](PublicKey, Bytes) -> transport::awaitable<Bytes> {
    if (++arrived == 1) throw std::runtime_error("costs the connection");
    co_await transport::sleep_for(milliseconds(5'500));
    co_return Bytes{};
  };
  transport::PeerServer server(io.get_executor(), other_tls, {own.public_key()}, handle);
  REQUIRE(server.listen({"127.0.0.1", 0}));
  transport::PeerLink link(io.get_executor(), tls, {"127.0.0.1", server.port()},
                           other.public_key());
  Channel channel(io.get_executor(), own, P(1), {{P(2), {"party2", other.public_key(), &link}}},
                  network.authority, transport::after(std::chrono::seconds(60)));
  channel.broadcast(1, to_bytes("a message"));
  bool acknowledged = false;
  const auto wait = [&]() -> transport::awaitable<void> {
    co_await channel.flush();
    acknowledged = true;
    io.stop();
  };
  boost::asio::co_spawn(io, wait(), boost::asio::detached);
  io.run();
  CHECK(acknowledged);
  CHECK(arrived == 2);
}

TEST_CASE("of a round, the first message that is enough does not wait for the others") {
  Network network(n);
  Ring ring(network, std::chrono::seconds(5));
  const auto outcomes = ring.run<Bytes>(
      first_parties(n), {P(1)},
      [&](Identifier self, Channel& channel) -> transport::awaitable<CeremonyResult<Bytes>> {
        if (self == P(2)) channel.broadcast(64, to_bytes("wrong"));
        if (self != P(1)) co_return Bytes{};
        std::size_t looks = 0;
        const auto enough = [&](const Envelope& envelope) {
          // The one that is right is sent only after the wrong one has been looked at.
          if (++looks == 1) ring.channel(P(3)).broadcast(64, to_bytes("right"));
          return to_text(envelope.payload) == "right";
        };
        auto messages = co_await channel.collect_until(64, enough);
        if (!messages) co_return Unexpected{std::move(messages).error()};
        CHECK(messages->size() == 1);
        CHECK(looks == 2);
        // Nobody is silent, and none is enough: all of them.
        auto all = co_await channel.collect_until(64, [](const Envelope&) { return false; });
        CHECK((all && all->size() == 2));
        co_return messages->at(P(3)).payload;
      });
  REQUIRE(outcomes.at(P(1)));
  CHECK(to_text(*outcomes.at(P(1))) == "right");
}

TEST_CASE("what one party may leave with another is bounded by number and by size") {
  Network network(2);
  Ring ring(network);
  Channel& channel = ring.channel(P(1));
  const SigningKey& sender = network.identities.at(P(2));
  const auto left = [&](std::uint16_t round, std::size_t size) {
    return channel.deliver(sender.public_key(),
                           seal(sender, {network.authority, network.session, round, 2, 0},
                                Bytes(size, std::uint8_t{7})));
  };
  const std::size_t large = daemon::mailbox_bytes_max / payload_bytes_max;
  for (std::size_t i = 0; i < large; ++i)
    CHECK(left(static_cast<std::uint16_t>(100 + i), payload_bytes_max));
  CHECK_FALSE(left(99, 1));
  CHECK(left(98, 0));
  for (std::size_t i = large + 1; i < daemon::mailbox_messages_max; ++i)
    REQUIRE(left(static_cast<std::uint16_t>(1000 + i), 0));
  CHECK_FALSE(left(97, 0));
  // What is there already may come again.
  CHECK(left(98, 0));
}
