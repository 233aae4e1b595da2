// tests/unit/threshold/cggmp24/authority.h — parties with a joint P-256 key and auxiliary
// information, made once, for the tests of what uses them.
#pragma once

#include "tests/unit/threshold/cggmp24/phases.h"
#include "tests/unit/threshold/cggmp24/toy.h"
#include "threshold/cggmp24/presign/presign.h"
#include "threshold/cggmp24/sign.h"

namespace jointca::test {

/// There are primes for three parties: party i has those of i − 3 also.
struct Authority {
  template <class MakePair>
  Authority(std::uint16_t t, std::uint16_t n, const cggmp24::Parameters& set, MakePair make_pair)
      : parameters(set), network(n, 77) {
    PerParty<Step<cggmp24::keygen::AwaitingCommitments>> steps;
    for (const Identifier self : first_parties(n))
      steps.emplace(self, cggmp24::keygen::begin({self, t, first_parties(n), network.session},
                                                 network.rng()));
    for (auto& [self, outcome] : simulate(network, std::move(steps), honest)) {
      REQUIRE(outcome);
      keys.emplace(self, *std::move(outcome));
    }
    PerParty<PartyKeys> secrets;
    PerParty<cggmp24::aux_info::PublicAux> common;
    for (const Identifier self : first_parties(n)) {
      const std::size_t i = (self.value() - 1U) % 3;
      const auto& own =
          secrets.emplace(self, PartyKeys(make_pair(2 * i), make_pair(2 * i + 1), network.rng()))
              .first->second;
      common.emplace(self,
                     cggmp24::aux_info::PublicAux{own.paillier.public_key(), own.pedersen.setup()});
    }
    for (auto& [self, own] : secrets)
      aux.emplace(self, cggmp24::aux_info::Output(std::move(own.paillier), std::move(own.pedersen),
                                                  common, Digest{}, network.session));
  }

  const cggmp24::Parameters& parameters;
  Network network;
  PerParty<cggmp24::keygen::Output> keys;
  PerParty<cggmp24::aux_info::Output> aux;
};

[[nodiscard]] inline const Authority& toy_authority(std::uint16_t t, std::uint16_t n) {
  static std::map<std::pair<std::uint16_t, std::uint16_t>, Authority> made;
  const auto found = made.find({t, n});
  if (found != made.end()) return found->second;
  return made
      .emplace(std::piecewise_construct, std::forward_as_tuple(t, n),
               std::forward_as_tuple(t, n, cggmp24::parameters<cggmp24::Toy>(), toy_pair))
      .first->second;
}

[[nodiscard]] inline Step<cggmp24::presign::AwaitingRound1> begin_presign(
    const Authority& authority, const PartySet& signers, Identifier self, const Digest& session,
    Rng& rng, std::uint64_t epoch = 1) {
  const auto& key = authority.keys.at(self);
  const auto& aux = authority.aux.at(self);
  auto begun =
      begin(cggmp24::presign::Setup::of(authority.parameters, session, epoch, key, aux, signers),
            self, key, aux, rng);
  REQUIRE(begun);
  return *std::move(begun);
}

using PresignSteps = PerParty<Step<cggmp24::presign::AwaitingRound1>>;

[[nodiscard]] inline PresignSteps begin_presign(const Authority& authority, Network& network) {
  PresignSteps steps;
  for (const auto& [self, key] : network.roster)
    steps.emplace(self, begin_presign(authority, parties_of(network.roster), self, network.session,
                                      network.rng()));
  return steps;
}

/// Presigns and, if the shares do not sum up, goes through the error round: the outcome of a party
/// is a presignature or blame. `tamper` and network.alter may act in either.
template <class Tamper>
[[nodiscard]] PerParty<Outcome<cggmp24::Presignature>> run_presign(Network& network,
                                                                   PresignSteps steps,
                                                                   Tamper tamper) {
  using cggmp24::presign::AwaitingReasons;
  PerParty<Outcome<cggmp24::Presignature>> out;
  PerParty<Step<AwaitingReasons>> reasons;
  for (auto& [self, outcome] : simulate(network, std::move(steps), tamper)) {
    if (!outcome)
      out.emplace(self, Unexpected{std::move(outcome).error()});
    else if (auto* step = std::get_if<Step<AwaitingReasons>>(&*outcome))
      reasons.emplace(self, std::move(*step));
    else
      out.emplace(self, std::get<cggmp24::Presignature>(*std::move(outcome)));
  }
  if (reasons.size() < network.roster.size()) {  // as in simulate(), when someone aborts
    for (const auto& entry : reasons) out.emplace(entry.first, blamed("a peer aborted"));
    return out;
  }
  for (auto& [self, outcome] : simulate(network, std::move(reasons), tamper)) {
    REQUIRE_FALSE(outcome);
    out.emplace(self, Unexpected{std::move(outcome).error()});
  }
  return out;
}

/// Every signer's presignature, of an honest run.
[[nodiscard]] inline PerParty<cggmp24::Presignature> presignatures(const Authority& authority,
                                                                   Network& network) {
  PerParty<cggmp24::Presignature> out;
  for (auto& [self, outcome] : run_presign(network, begin_presign(authority, network), honest)) {
    INFO((outcome ? "" : outcome.error().reason));
    REQUIRE(outcome);
    out.emplace(self, *std::move(outcome));
  }
  return out;
}

using SignSteps = PerParty<Step<cggmp24::sign::AwaitingPartials>>;

[[nodiscard]] inline SignSteps begin_sign(PerParty<cggmp24::Presignature> presignatures,
                                          const cggmp24::sign::Request& request) {
  SignSteps steps;
  for (auto& [self, presignature] : presignatures) {
    auto begun = cggmp24::sign::begin(std::move(presignature), request);
    REQUIRE(begun);
    steps.emplace(self, *std::move(begun));
  }
  return steps;
}

}  // namespace jointca::test
