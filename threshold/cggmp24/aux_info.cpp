// threshold/cggmp24/aux_info.cpp — auxiliary information.
#include "threshold/cggmp24/aux_info.h"

#include "crypto/derived_rng.h"
#include "threshold/cggmp24/proofs/fac.h"
#include "threshold/cggmp24/proofs/mod.h"
#include "threshold/cggmp24/proofs/prm.h"

namespace jointca::cggmp24::aux_info {
namespace {

Context context_of(const Parameters& set, const Digest& session_id, std::string_view purpose,
                   Identifier prover) {
  return {set, session_id, 0, purpose, prover};
}

/// The session of the last proofs, made when everyone's values are fixed and ρ is known.
Digest proof_session(const Digest& session_id, const Digest& rho) {
  Transcript session("jointca/cggmp24/aux/session/v1");
  session.field(session_id).field(rho);
  return std::move(session).digest();
}

constexpr Exhibit shown_commitment{round_number::aux_commitments, Exhibit::Kind::to_all};
constexpr Exhibit shown_opening{round_number::aux_openings, Exhibit::Kind::to_all};
constexpr Exhibit shown_modulus{round_number::aux_proofs, Exhibit::Kind::to_all};
constexpr Exhibit shown_factor{round_number::aux_proofs, Exhibit::Kind::to_each};

/// Whoever has a factor in common with another knows the other's factors, or both are one.
void check_shared(const PerParty<PublicAux>& parties, Blame& blame) {
  PartySet concerned;
  for (auto a = parties.begin(); a != parties.end(); ++a)
    for (auto b = std::next(a); b != parties.end(); ++b) {
      const Integer ours = a->second.paillier.modulus() * a->second.pedersen.modulus();
      const Integer theirs = b->second.paillier.modulus() * b->second.pedersen.modulus();
      if (gcd(ours, theirs) != Integer(1)) concerned.insert({a->first, b->first});
    }
  for (const Identifier party : concerned)
    blame.faults.push_back(local_fault(party, "cggmp24.aux.r2.shared"));
}

Digest transcript_digest(const Setup& setup, const PerParty<OpeningMessage>& openings) {
  Transcript transcript = begin_challenge(
      "jointca/cggmp24/aux/transcript/v1",
      context_of(*setup.parameters, setup.session_id, "aux", openings.begin()->first));
  for (const auto& [party, opening] : openings)
    transcript.field(std::uint64_t{party.value()}).field(encoded(opening));
  return std::move(transcript).digest();
}

}  // namespace

Digest commitment(const Digest& session_id, Identifier sender, const OpeningMessage& opening) {
  return commitment_to(opening, "jointca/cggmp24/aux/commitment/v1", session_id, sender);
}

Keys::Keys(PrimePair paillier_primes, PrimePair pedersen_primes, Rng& rng)
    : paillier(std::move(paillier_primes)),
      pedersen(RingPedersenSecret::generate(std::move(pedersen_primes), rng)),
      seed(rng.secret<32>()) {}

// > ψ̂_i = Πprm(N̂_i, s_i, t_i). Sample ρ_i, u_i ← {0,1}^κ; V_i = H(sid, i, N_i, N̂_i, s_i, t_i, ψ̂_i,
// > ρ_i, u_i).
Step<AwaitingCommitments> begin(Setup setup, PrimePair paillier_primes, PrimePair pedersen_primes,
                                Rng& rng) {
  const Parameters& set = *setup.parameters;
  JCA_ASSERT(setup.parties.contains(setup.self) && setup.parties.size() >= 2);
  JCA_ASSERT(paillier_primes.modulus().bits() == set.modulus_bits() &&
             pedersen_primes.modulus().bits() == set.modulus_bits() &&
             gcd(paillier_primes.modulus(), pedersen_primes.modulus()) == Integer(1));
  Keys keys(std::move(paillier_primes), std::move(pedersen_primes), rng);
  const auto prm =
      prm::prove(context_of(set, setup.session_id, "aux.prm", setup.self), keys.pedersen, rng);
  const RingPedersen& own = keys.pedersen.setup();
  OpeningMessage opening{keys.paillier.public_key().modulus(),
                         own.modulus(),
                         own.s(),
                         own.t(),
                         encoded_proof(prm, set),
                         rng.array<32>(),
                         rng.array<32>()};
  const CommitmentMessage message{commitment(setup.session_id, setup.self, opening)};
  return {AwaitingCommitments(std::move(setup), std::move(keys), std::move(opening)),
          {message, {}}};
}

Outcome<Step<AwaitingOpenings>> AwaitingCommitments::receive(Inbox<Awaits> inbox) && {
  JCA_ASSERT(inbox.from_all.size() + 1 == setup_.parties.size());
  Outbox<AwaitingOpenings::Awaits> outbox{opening_, {}};
  return Step<AwaitingOpenings>{AwaitingOpenings(std::move(setup_), std::move(keys_),
                                                 std::move(opening_), std::move(inbox.from_all)),
                                std::move(outbox)};
}

// The cheap checks come first: Πprm takes a second.
Result<PublicAux, std::string_view> check_opening(const Parameters& parameters,
                                                  const Digest& session_id, Identifier sender,
                                                  const OpeningMessage& opening) {
  const unsigned bits = parameters.modulus_bits();
  const auto paillier = PaillierPublicKey::from(opening.N, bits);
  if (!paillier) return Unexpected{std::string_view("cggmp24.aux.r2.modulus")};
  const auto pedersen = RingPedersen::from(opening.N_hat, opening.s, opening.t, bits);
  if (!pedersen || gcd(opening.N, opening.N_hat) != Integer(1))
    return Unexpected{std::string_view("cggmp24.aux.r2.setup")};
  const Context context = context_of(parameters, session_id, "aux.prm", sender);
  if (!proves<prm::Proof>(parameters, opening.prm, [&](const prm::Proof& proof) {
        return prm::verify(context, {*pedersen}, proof);
      }))
    return Unexpected{std::string_view("cggmp24.aux.r2.prm")};
  return PublicAux{*paillier, *pedersen};
}

bool verify_modulus(const Parameters& parameters, const Digest& session_id, Identifier sender,
                    const PaillierPublicKey& key, const ModulusMessage& message) {
  const Digest session = proof_session(session_id, message.rho);
  return proves<mod::Proof>(parameters, message.mod, [&](const mod::Proof& proof) {
    return mod::verify(context_of(parameters, session, "aux.mod", sender), {key}, proof);
  });
}

bool verify_factor(const Parameters& parameters, const Digest& session_id, Identifier sender,
                   const PaillierPublicKey& key, const FactorMessage& message) {
  const Digest session = proof_session(session_id, message.rho);
  const auto named =
      RingPedersen::from(message.N_hat, message.s, message.t, parameters.modulus_bits());
  return named && proves<fac::Proof>(parameters, message.fac, [&](const fac::Proof& proof) {
           return fac::verify(context_of(parameters, session, "aux.fac", sender), *named, {key},
                              proof);
         });
}

// > Assert V_j = H(…), the lengths of N_j and N̂_j, Πprm. ρ = ⊕ρ_j. ψ_i = Πmod(N_i), and for each j
// > ψ′_{i,j} = Πfac(N_i) under R_j.
Outcome<Step<AwaitingProofs>> AwaitingOpenings::receive(Inbox<Awaits> inbox) && {
  JCA_ASSERT(inbox.from_all.size() + 1 == setup_.parties.size());
  Blame blame{"auxiliary information, round 2", {}};
  PerParty<PublicAux> parties;
  parties.emplace(setup_.self, PublicAux{keys_.paillier.public_key(), keys_.pedersen.setup()});
  for (const auto& [party, opening] : inbox.from_all) {
    JCA_ASSERT(party != setup_.self && setup_.parties.contains(party));
    if (commitment(setup_.session_id, party, opening) != commitments_.at(party).V) {
      blame.faults.push_back(
          proven_fault(party, "cggmp24.aux.r2.commitment", {shown_commitment, shown_opening}));
      continue;
    }
    const auto checked = check_opening(*setup_.parameters, setup_.session_id, party, opening);
    if (checked)
      parties.emplace(party, *checked);
    else
      blame.faults.push_back(proven_fault(party, checked.error(), {shown_opening}));
  }
  if (blame.faults.empty()) check_shared(parties, blame);
  if (!blame.faults.empty()) return Unexpected{std::move(blame)};

  PerParty<OpeningMessage> openings = std::move(inbox.from_all);
  openings.emplace(setup_.self, std::move(opening_));
  const Digest rho = combined(openings, &OpeningMessage::rho);
  const Digest session = proof_session(setup_.session_id, rho);
  const Parameters& set = *setup_.parameters;
  const PrimePair& primes = keys_.paillier.primes();
  DerivedRng rng(keys_.seed, "aux.proofs");
  Outbox<AwaitingProofs::Awaits> outbox;
  const auto mod = mod::prove(context_of(set, session, "aux.mod", setup_.self), primes, rng);
  outbox.to_all = {rho, encoded_proof(mod, set)};
  const fac::Statement statement{keys_.paillier.public_key()};
  for (const auto& [party, aux] : parties) {
    if (party == setup_.self) continue;
    const RingPedersen& theirs = aux.pedersen;
    const auto proof = fac::prove(context_of(set, session, "aux.fac", setup_.self), theirs,
                                  statement, {primes.p(), primes.q()}, rng);
    outbox.to_each.emplace(party, FactorMessage{rho, theirs.modulus(), theirs.s(), theirs.t(),
                                                encoded_proof(proof, set)});
  }
  const Digest transcript = transcript_digest(setup_, openings);
  Output output(std::move(keys_.paillier), std::move(keys_.pedersen), std::move(parties), rho,
                transcript);
  return Step<AwaitingProofs>{AwaitingProofs(std::move(setup_), std::move(output)),
                              std::move(outbox)};
}

void AwaitingProofs::check(Identifier party, const ModulusMessage& modulus,
                           const FactorMessage& factor, Blame& blame) const {
  const Parameters& set = *setup_.parameters;
  const PaillierPublicKey& key = output_.parties.at(party).paillier;
  const RingPedersen& own = output_.pedersen.setup();
  if (!verify_modulus(set, setup_.session_id, party, key, modulus))
    blame.faults.push_back(
        proven_fault(party, "cggmp24.aux.r3.mod", {shown_opening, shown_modulus}));
  else if (!verify_factor(set, setup_.session_id, party, key, factor))
    blame.faults.push_back(
        proven_fault(party, "cggmp24.aux.r3.fac", {shown_opening, shown_factor}));
  else if (modulus.rho != output_.rho || factor.rho != output_.rho ||
           factor.N_hat != own.modulus() || factor.s != own.s() || factor.t != own.t())
    blame.faults.push_back(local_fault(party, "cggmp24.aux.r3.statement"));
}

Outcome<Output> AwaitingProofs::receive(Inbox<Awaits> inbox) && {
  JCA_ASSERT(inbox.from_all.size() + 1 == setup_.parties.size());
  JCA_ASSERT(parties_of(inbox.from_each) == parties_of(inbox.from_all));
  Blame blame{"auxiliary information, round 3", {}};
  for (const auto& [party, message] : inbox.from_all) {
    JCA_ASSERT(party != setup_.self && setup_.parties.contains(party));
    check(party, message, inbox.from_each.at(party), blame);
  }
  if (!blame.faults.empty()) return Unexpected{std::move(blame)};
  return std::move(output_);
}

}  // namespace jointca::cggmp24::aux_info
