// tests/unit/threshold/cggmp24/poisoned_presign.cpp — two signers presign, lie, explain themselves
// and sign, with shares, keys and all randomness as undefined memory, for valgrind
// (tests/unit/crypto/poisoned.py starts it).
#include <cstdio>

#include "tests/unit/crypto/poisoned_keys.h"
#include "tests/unit/threshold/cggmp24/inbox.h"
#include "tests/unit/threshold/cggmp24/saboteur.h"
#include "tests/unit/threshold/cggmp24/toy.h"
#include "threshold/cggmp24/presign/presign.h"
#include "threshold/cggmp24/sign.h"

using namespace jointca;
using namespace jointca::cggmp24;
using jointca::test::inbox_of;
using p256::Scalar;

namespace {

const Identifier one(1), two(2);

/// One round at both.
template <class S>
auto advance(PerParty<Step<S>> steps) {
  PerParty<Inbox<typename S::Awaits>> inboxes;
  for (const auto& entry : steps) inboxes.emplace(entry.first, inbox_of(entry.first, steps));
  using Received = typename decltype(std::move(steps.begin()->second.stage)
                                         .receive(std::move(inboxes.at(one))))::value_type;
  PerParty<Received> out;
  for (auto& [self, step] : steps) {
    auto received = std::move(step.stage).receive(std::move(inboxes.at(self)));
    JCA_ASSERT(received.has_value());
    out.emplace(self, *std::move(received));
  }
  return out;
}

struct Party {
  keygen::Output key;
  aux_info::Output aux;
};

PerParty<Party> make_parties(Rng& rng) {
  const Polynomial polynomial = Polynomial::random(2, rng);
  keygen::GroupKey group{polynomial.commit(rng).front(), {}, 2};
  PerParty<aux_info::PublicAux> common;
  PerParty<test::PartyKeys> secrets;
  for (const Identifier self : {one, two}) {
    group.verifying_shares.emplace(self, base_mul(polynomial.at(self), rng));
    const std::size_t i = self.value() - 1U;
    const auto& own = secrets
                          .emplace(self, test::PartyKeys(test::poisoned_pair(2 * i),
                                                         test::poisoned_pair(2 * i + 1), rng))
                          .first->second;
    common.emplace(self, aux_info::PublicAux{own.paillier.public_key(), own.pedersen.setup()});
  }
  PerParty<Party> parties;
  for (auto& [self, own] : secrets)
    parties.emplace(self, Party{keygen::Output(polynomial.at(self), group, Digest{}, Digest{}),
                                aux_info::Output(std::move(own.paillier), std::move(own.pedersen),
                                                 common, Digest{}, Digest{})});
  return parties;
}

/// Presigns; `wrong` is added to the δ of one of them.
PerParty<presign::Finished> run(const PerParty<Party>& parties, const Parameters& set,
                                const Scalar& wrong, Rng& rng) {
  PerParty<Step<presign::AwaitingRound1>> first;
  for (const auto& [self, party] : parties) {
    auto begun =
        begin(presign::Setup::of(set, Digest{}, 1, party.key, party.aux, parties_of(parties)), self,
              party.key, party.aux, rng);
    JCA_ASSERT(begun.has_value());
    first.emplace(self, *std::move(begun));
  }
  auto third = advance(advance(std::move(first)));
  auto& liar = third.at(two);
  for (auto* message : {&liar.outbox.to_all, &presign::Saboteur::kept(liar.stage)})
    message->delta = message->delta + wrong;
  return advance(std::move(third));
}

void error_round(PerParty<presign::Finished> finished) {
  PerParty<Step<presign::AwaitingReasons>> steps;
  for (auto& [self, outcome] : finished)
    steps.emplace(self, std::get<Step<presign::AwaitingReasons>>(std::move(outcome)));
  const auto outcome = std::move(steps.at(one).stage).receive(inbox_of(one, steps));
  JCA_ASSERT(!outcome);  // whom it names depends on the two bits of the challenge
}

void sign_one(PerParty<presign::Finished> finished) {
  PerParty<Step<sign::AwaitingPartials>> steps;
  for (auto& [self, outcome] : finished) {
    auto begun =
        sign::begin(std::get<Presignature>(std::move(outcome)), {Digest{}, {1, 2, 3}, Digest{}});
    JCA_ASSERT(begun.has_value());
    steps.emplace(self, *std::move(begun));
  }
  const auto signatures = advance(std::move(steps));
  JCA_ASSERT(signatures.at(one) == signatures.at(two));
}

}  // namespace

int main() {
  test::PoisonedRng rng;
  // Two repetitions show as much as many.
  Parameters set = parameters<Toy>();
  set.repetitions = 2;
  const PerParty<Party> parties = make_parties(rng);
  sign_one(run(parties, set, Scalar(), rng));
  error_round(run(parties, set, Scalar(1), rng));
  std::puts("presigning, its error round and signing show no secret by a branch or a table access");
  return 0;
}
