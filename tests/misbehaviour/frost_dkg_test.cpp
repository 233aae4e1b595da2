// tests/misbehaviour/frost_dkg_test.cpp — one test per check of key generation and of broadcast.
#include <catch2/catch.hpp>

#include "tests/support/simulate.h"
#include "threshold/frost/dkg.h"

using namespace jointca;
using namespace jointca::frost;
using namespace jointca::test;
using dkg::AwaitingRound1;
using dkg::AwaitingRound2;

namespace {

constexpr std::uint16_t t = 3, n = 5;
const Identifier cheat = P(2);

PerParty<Step<AwaitingRound1>> begin_all(Network& network) {
  PerParty<Step<AwaitingRound1>> steps;
  for (const Identifier self : first_parties(n))
    steps.emplace(self, dkg::begin({self, t, first_parties(n), network.session}, network.rng()));
  return steps;
}

template <class Tamper>
PerParty<Outcome<dkg::Output>> run(Network& network, Tamper tamper) {
  return simulate(network, begin_all(network), tamper);
}

/// Every honest party convicts the cheat alone.
template <class Tamper>
void expect(const std::string& check, Tamper tamper) {
  Network network(n);
  const auto outcomes = run(network, tamper);
  check_convicted(network, outcomes, all_but(n, cheat), cheat, check, stranger(network, t));
}

/// The cheat's payload of `round` to `victim` (or to all, if absent) is replaced.
Network::Alter replace(std::uint16_t round, std::optional<Identifier> victim,
                       std::function<Bytes(Bytes)> change) {
  return [=](Identifier from, Identifier to, std::uint16_t at, Bytes payload) {
    const bool hit = from == cheat && at == round && (!victim || to == *victim);
    return hit ? change(std::move(payload)) : payload;
  };
}

Bytes garbage(Bytes) { return Bytes{1, 2, 3}; }

}  // namespace

TEST_CASE("honest parties generate one key") {
  Network network(n);
  const auto outcomes = run(network, honest);
  const auto& first = outcomes.at(P(1));
  for (const auto& [self, outcome] : outcomes) {
    REQUIRE(outcome);
    CHECK(outcome->key.group == first->key.group);
    CHECK(outcome->transcript == first->transcript);
    CHECK(base_mul(outcome->key.share) == outcome->key.group.verifying_shares.at(self));
  }
}

TEST_CASE("frost.dkg.r1.malformed") {
  SECTION("not a message") {
    Network network(n);
    network.alter = replace(round_number::dkg_commitments, std::nullopt, garbage);
    check_convicted(network, run(network, honest), all_but(n, cheat), cheat,
                    "frost.dkg.r1.malformed", stranger(network, t));
  }
  SECTION("the identity as the commitment to the constant term") {
    expect("frost.dkg.r1.malformed", only_at<AwaitingRound1>([](auto& steps) {
             steps.at(cheat).outbox.to_all.commitment.coefficients[0] = Point();
           }));
  }
}

TEST_CASE("frost.dkg.r1.degree") {
  const auto coefficients = [](auto& steps) -> std::vector<Point>& {
    return steps.at(cheat).outbox.to_all.commitment.coefficients;
  };
  SECTION("one coefficient more raises the threshold") {
    expect("frost.dkg.r1.degree", only_at<AwaitingRound1>([&](auto& steps) {
             coefficients(steps).push_back(Point::base());
           }));
  }
  SECTION("one more that is zero") {
    expect("frost.dkg.r1.degree",
           only_at<AwaitingRound1>([&](auto& steps) { coefficients(steps).push_back(Point()); }));
  }
  SECTION("one coefficient less") {
    expect("frost.dkg.r1.degree",
           only_at<AwaitingRound1>([&](auto& steps) { coefficients(steps).pop_back(); }));
  }
}

TEST_CASE("a zero leading coefficient is allowed, since the sum keeps its degree") {
  Network network(n);
  PerParty<Step<AwaitingRound1>> steps = begin_all(network);
  std::vector<SecretScalar> coefficients;
  coefficients.push_back(SecretScalar::random(network.rng()));
  coefficients.push_back(SecretScalar::random(network.rng()));
  coefficients.push_back(SecretScalar::from(Scalar()));
  steps.erase(cheat);
  steps.emplace(cheat, dkg::begin({cheat, t, first_parties(n), network.session},
                                  SecretPolynomial(std::move(coefficients)), network.rng()));
  for (const auto& [self, outcome] : simulate(network, std::move(steps), honest)) CHECK(outcome);
}

TEST_CASE("frost.dkg.r1.possession") {
  SECTION("a wrong response") {
    expect("frost.dkg.r1.possession", only_at<AwaitingRound1>([](auto& steps) {
             Scalar& z = steps.at(cheat).outbox.to_all.proof.z;
             z = z + Scalar(1);
           }));
  }
  SECTION("another party's proof") {
    expect("frost.dkg.r1.possession", only_at<AwaitingRound1>([](auto& steps) {
             steps.at(cheat).outbox.to_all.proof = steps.at(P(4)).outbox.to_all.proof;
           }));
  }
  SECTION("another party's whole message") {
    expect("frost.dkg.r1.possession", only_at<AwaitingRound1>([](auto& steps) {
             steps.at(cheat).outbox.to_all = steps.at(P(4)).outbox.to_all;
           }));
  }
  SECTION("a rogue key, which cancels the others'") {
    expect("frost.dkg.r1.possession", only_at<AwaitingRound1>([](auto& steps) {
             Point rogue = Point::base();
             for (const auto& [self, step] : steps)
               if (self != cheat)
                 rogue = rogue - step.outbox.to_all.commitment.coefficients.front();
             steps.at(cheat).outbox.to_all.commitment.coefficients.front() = rogue;
           }));
  }
  SECTION("the cheat's own proof from another session") {
    expect("frost.dkg.r1.possession", only_at<AwaitingRound1>([](auto& steps) {
             SeededRng rng(9);
             steps.at(cheat).outbox.to_all =
                 dkg::begin({cheat, t, first_parties(n), Digest{7}}, rng).outbox.to_all;
           }));
  }
}

TEST_CASE("all culprits of a round are named at once") {
  Network network(n);
  const auto outcomes = run(network, only_at<AwaitingRound1>([](auto& steps) {
                              for (const Identifier party : {P(2), P(5)})
                                steps.at(party).outbox.to_all.proof.z = Scalar(1);
                            }));
  REQUIRE_FALSE(outcomes.at(P(1)));
  CHECK(outcomes.at(P(1)).error().faults.size() == 2);
}

TEST_CASE("frost.dkg.r2.malformed") {
  Network network(n);
  network.alter = replace(round_number::dkg_shares, P(4), [](Bytes payload) {
    std::fill(payload.begin() + 1, payload.end(), std::uint8_t{0xff});  // not below q
    return payload;
  });
  check_convicted(network, run(network, honest), {P(4)}, cheat, "frost.dkg.r2.malformed",
                  stranger(network, t));
}

TEST_CASE("frost.dkg.r2.share") {
  Network network(n);
  const auto outcomes = run(network, only_at<AwaitingRound2>([](auto& steps) {
                              SecretScalar& share = steps.at(cheat).outbox.to_each.at(P(4)).share;
                              share = share + Scalar(1);
                            }));
  check_convicted(network, outcomes, {P(4)}, cheat, "frost.dkg.r2.share", stranger(network, t));
  CHECK(outcomes.at(P(1)));
}

TEST_CASE("a victim that lies about a share convicts nobody") {
  Network network(n);
  const auto outcomes = run(network, honest);
  REQUIRE(outcomes.at(P(4)));
  const Fault lie{cheat,
                  Fault::Standing::proven,
                  "frost.dkg.r2.share",
                  {{round_number::dkg_commitments, Exhibit::Kind::to_all},
                   {round_number::dkg_shares, Exhibit::Kind::to_each}}};
  auto evidence = make_evidence(lie, network.authority, network.session, network.received.at(P(4)));
  REQUIRE(evidence);
  CHECK_FALSE(verify_evidence(*evidence, stranger(network, t)));
  for (const auto& [check, unused] : threshold_checks()) {
    evidence->check = check;
    CHECK_FALSE(verify_evidence(*evidence, stranger(network, t)));
  }
  // Nor does a share that was meant for someone else.
  evidence->check = "frost.dkg.r2.share";
  evidence->envelopes[1].header.to = 5;
  CHECK_FALSE(verify_evidence(*evidence, stranger(network, t)));
}

TEST_CASE("broadcast.equivocation") {
  Network network(n);
  SeededRng rng(5);
  const Bytes other =
      encoded(dkg::begin({cheat, t, first_parties(n), network.session}, rng).outbox.to_all);
  network.alter = replace(round_number::dkg_commitments, P(4), [&](const Bytes&) { return other; });
  const auto outcomes = run(network, honest);
  check_convicted(network, outcomes, all_but(n, cheat), cheat, "broadcast.equivocation",
                  stranger(network, t));
}

TEST_CASE("broadcast.echo") {
  const auto echo_round = round_number::echo_of(round_number::dkg_commitments);
  const auto change_echo = [&](std::function<void(EchoMessage&)> change) {
    return replace(echo_round, std::nullopt, [change](const Bytes& payload) {
      EchoMessage echo = *parse(std::type_identity<EchoMessage>{}, payload);
      change(echo);
      return encoded(echo);
    });
  };
  const std::vector<std::function<void(EchoMessage&)>> changes{
      [](EchoMessage& echo) { echo.received[3].payload_digest[0] ^= 1; },
      [](EchoMessage& echo) { echo.received[3].signature[0] ^= 1; },
      [](EchoMessage& echo) { echo.received[3].header.session[0] ^= 1; },
      [](EchoMessage& echo) { echo.received.pop_back(); },
      [](EchoMessage& echo) { std::swap(echo.received[3], echo.received[4]); }};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    DYNAMIC_SECTION("change " << i) {
      Network network(n);
      network.alter = change_echo(changes[i]);
      check_convicted(network, run(network, honest), all_but(n, cheat), cheat, "broadcast.echo",
                      stranger(network, t));
    }
  }
}

TEST_CASE("broadcast.malformed") {
  Network network(n);
  network.alter =
      replace(round_number::echo_of(round_number::dkg_commitments), std::nullopt, garbage);
  check_convicted(network, run(network, honest), all_but(n, cheat), cheat, "broadcast.malformed",
                  stranger(network, t));
}
