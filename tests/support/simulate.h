// tests/support/simulate.h — runs all parties of a protocol in one thread, with no I/O but with
// real envelopes: signed, parsed, echoed. Two hooks let one party cheat.
#pragma once

#include <functional>

#include <catch2/catch.hpp>

#include "tests/support/frost_keys.h"
#include "threshold/echo.h"
#include "threshold/evidence.h"
#include "threshold/round.h"

namespace jointca::test {

/// The parties' identities, one session, and everything that arrived.
class Network {
 public:
  explicit Network(std::uint16_t n, std::uint64_t seed = 1) : Network(first_parties(n), seed) {}
  explicit Network(const PartySet& parties, std::uint64_t seed = 1) : rng_(seed) {
    authority = rng_.array<32>();
    session = rng_.array<32>();
    for (const Identifier party : parties) {
      identities.emplace(party, SigningKey::generate(rng_));
      roster.emplace(party, identities.at(party).public_key());
    }
  }

  /// Changes a payload on its way, before its sender signs it: equivocation, malformed messages.
  using Alter = std::function<Bytes(Identifier from, Identifier to, std::uint16_t round, Bytes)>;
  Alter alter = [](Identifier, Identifier, std::uint16_t, Bytes payload) { return payload; };

  Digest authority{}, session{};
  PerParty<SigningKey> identities;
  PerParty<PublicKey> roster;
  PerParty<std::vector<Envelope>> received;

  /// Signs, delivers, verifies and remembers one message.
  Envelope deliver(Identifier from, Identifier to, std::uint16_t round, bool to_all,
                   Bytes payload) {
    const Header header{authority, session, round, from.value(),
                        to_all ? std::uint16_t{0} : to.value()};
    const Envelope sent =
        seal(identities.at(from), header, alter(from, to, round, std::move(payload)));
    auto arrived = parse(std::type_identity<Envelope>{}, encoded(sent));
    REQUIRE(arrived);
    REQUIRE(verify(*arrived, roster.at(from)));
    received[to].push_back(*arrived);
    return *arrived;
  }
  /// What a party has of its own broadcast.
  [[nodiscard]] Envelope own(Identifier from, std::uint16_t round, Bytes payload) const {
    return seal(identities.at(from), {authority, session, round, from.value(), 0},
                alter(from, from, round, std::move(payload)));
  }
  [[nodiscard]] Rng& rng() { return rng_; }

 private:
  SeededRng rng_;
};

template <class S>
struct OutputOf {
  using type = S;
};
template <class S>
using ReceivedBy = typename decltype(std::declval<S>().receive(
    std::declval<Inbox<typename S::Awaits>>()))::value_type;
template <class S>
struct OutputOf<Step<S>> : OutputOf<ReceivedBy<S>> {};

/// Parses one message, or adds the fault of its sender.
template <class Message>
void open(const Envelope& envelope, Exhibit::Kind kind, PerParty<Message>& into, Blame& blame) {
  const Identifier from(envelope.header.from);
  if (auto message = parse(std::type_identity<Message>{}, envelope.payload))
    into.emplace(from, *std::move(message));
  else
    blame.faults.push_back(malformed_fault<Message>(from, envelope.header.round, kind));
}

/// The broadcast half of a round at every party, echo included.
template <class S>
void exchange_to_all(Network& network, PerParty<Step<S>>& steps,
                     PerParty<Inbox<typename S::Awaits>>& inboxes, PerParty<Blame>& blames) {
  constexpr std::uint16_t round = S::Awaits::number;
  PerParty<PerParty<Envelope>> views;
  for (const auto& [from, step] : steps) {
    const Bytes payload = encoded(step.outbox.to_all);
    views[from].emplace(from, network.own(from, round, payload));
    for (const auto& entry : steps)
      if (const Identifier to = entry.first; to != from)
        views[to].emplace(from, network.deliver(from, to, round, true, payload));
  }
  PerParty<PerParty<EchoMessage>> echoes;
  for (const auto& [from, view] : views)
    for (const auto& entry : steps)
      if (const Identifier to = entry.first; to != from)
        open(network.deliver(from, to, round_number::echo_of(round), true,
                             encoded(echo_message(view))),
             Exhibit::Kind::to_all, echoes[to], blames[to]);
  for (const auto& [self, view] : views) {
    auto agreed = compare_echoes(echo_message(view), echoes[self], network.roster);
    if (!agreed)
      for (const Fault& fault : agreed.error().faults) blames[self].faults.push_back(fault);
    for (const auto& [from, envelope] : view)
      if (from != self) open(envelope, Exhibit::Kind::to_all, inboxes[self].from_all, blames[self]);
  }
}

/// Delivers every outbox and advances every stage, round by round, until all have an outcome.
/// `tamper` may change the round's steps before they are sent. When someone aborts before the last
/// round, so do the others, blaming nobody.
template <class S, class Tamper>
auto simulate(Network& network, PerParty<Step<S>> steps, Tamper&& tamper)
    -> PerParty<Outcome<typename OutputOf<Step<S>>::type>> {
  using Awaits = typename S::Awaits;
  using Next = ReceivedBy<S>;
  tamper(steps);
  PerParty<Inbox<Awaits>> inboxes;
  PerParty<Blame> blames;
  if constexpr (!std::is_same_v<typename Awaits::ToAll, Nothing>)
    exchange_to_all(network, steps, inboxes, blames);
  if constexpr (!std::is_same_v<typename Awaits::ToEach, Nothing>)
    for (const auto& [from, step] : steps)
      for (const auto& [to, message] : step.outbox.to_each)
        open(network.deliver(from, to, Awaits::number, false, encoded(message)),
             Exhibit::Kind::to_each, inboxes[to].from_each, blames[to]);

  PerParty<Outcome<Next>> received;
  bool all = true;
  for (auto& [self, step] : steps) {
    if (blames[self].faults.empty())
      received.emplace(self, std::move(step.stage).receive(std::move(inboxes[self])));
    else
      received.emplace(self, Unexpected{blames[self]});
    all = all && received.at(self).has_value();
  }
  if constexpr (is_step<Next>) {
    if (all) {
      PerParty<Next> next;
      for (auto& [self, outcome] : received) next.emplace(self, *std::move(outcome));
      return simulate(network, std::move(next), tamper);
    }
    PerParty<Outcome<typename OutputOf<Step<S>>::type>> aborted;
    for (auto& [self, outcome] : received)
      aborted.emplace(self,
                      outcome ? blamed("a peer aborted") : Unexpected{std::move(outcome).error()});
    return aborted;
  } else {
    return received;
  }
}

/// A tamper hook that acts on the steps awaiting stage `S` only.
template <class S, class Act>
auto only_at(Act act) {
  return [act](auto& steps) {
    if constexpr (std::is_same_v<std::decay_t<decltype(steps)>, PerParty<Step<S>>>) act(steps);
  };
}
inline constexpr auto honest = [](auto&) {};

/// What a stranger would know.
inline EvidenceContext stranger(const Network& network, std::uint16_t min_signers) {
  return {network.authority, network.roster, min_signers, std::nullopt};
}

/// The evidence convicts in its canonical text, and no text with one bit changed does.
inline void check_evidence(const Evidence& evidence, const EvidenceContext& context) {
  const EvidenceChecks checks = threshold_checks();
  std::string text = to_json(evidence);
  const auto parsed = parse_evidence(text);
  REQUIRE(parsed);
  CHECK(*parsed == evidence);
  const auto verdict = verify_evidence(*parsed, context, checks);
  INFO((verdict ? "" : verdict.error().message));
  REQUIRE(verdict);
  std::size_t convicting = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char kept = text[at];
    text[at] = static_cast<char>(kept ^ (1 << (at % 8)));
    if (const auto altered = parse_evidence(text))
      convicting += verify_evidence(*altered, context, checks).has_value() ? 1 : 0;
    text[at] = kept;
  }
  CHECK(convicting == 0);
}

/// Everyone of `witnesses` blames exactly `culprit` for exactly `check`; if the fault is proven, a
/// stranger agrees.
template <class T>
void check_convicted(const Network& network, const PerParty<Outcome<T>>& outcomes,
                     const PartySet& witnesses, Identifier culprit, const std::string& check,
                     const EvidenceContext& context, std::map<std::string, Bytes> inputs = {},
                     Fault::Standing standing = Fault::Standing::proven) {
  bool first = true;
  for (const Identifier witness : witnesses) {
    REQUIRE_FALSE(outcomes.at(witness));
    const auto& faults = outcomes.at(witness).error().faults;
    REQUIRE(faults.size() == 1);
    CHECK(faults[0].culprit == culprit);
    CHECK(faults[0].check == check);
    CHECK(faults[0].standing == standing);
    const auto evidence = make_evidence(faults[0], network.authority, network.session,
                                        network.received.at(witness), inputs);
    CHECK(evidence.has_value() == (standing == Fault::Standing::proven));
    if (evidence && first) check_evidence(*evidence, context);
    if (evidence) CHECK(verify_evidence(*evidence, context));
    first = false;
  }
}

inline PartySet all_but(std::uint16_t n, Identifier culprit) {
  PartySet parties = first_parties(n);
  parties.erase(culprit);
  return parties;
}

}  // namespace jointca::test
