// threshold/cggmp24/aux_info.cpp — auxiliary information.
#include "threshold/cggmp24/aux_info.h"

#include "crypto/derived_rng.h"
#include "threshold/cggmp24/proofs/fac.h"
#include "threshold/cggmp24/proofs/mod.h"
#include "threshold/cggmp24/proofs/prm.h"

namespace jointca::cggmp24::aux_info {
namespace {

Context context_of(const Setup& setup, std::string_view purpose, Identifier prover) {
  return {*setup.parameters, setup.session_id, 0, purpose, prover};
}

/// The last proofs are made when everyone's values are fixed and ρ is known.
Context context_of(const Setup& setup, const Digest& rho, std::string_view purpose,
                   Identifier prover) {
  Transcript session("jointca/cggmp24/aux/session/v1");
  session.field(setup.session_id).field(rho);
  return {*setup.parameters, std::move(session).digest(), 0, purpose, prover};
}

template <class Proof>
Bytes encoded_proof(const Proof& proof, const Parameters& set) {
  Writer out;
  cggmp24::encode(proof, set, out);
  return std::move(out).take();
}

/// Whether `bytes` are a proof, and `verify` accepts it.
template <class Proof, class Verify>
bool proves(const Setup& setup, BytesView bytes, const Verify& verify) {
  const auto proof = cggmp24::parse(std::type_identity<Proof>{}, *setup.parameters, bytes);
  return proof && verify(*proof).has_value();
}

constexpr Exhibit shown_commitment{round_number::aux_commitments, Exhibit::Kind::to_all};
constexpr Exhibit shown_opening{round_number::aux_openings, Exhibit::Kind::to_all};
constexpr Exhibit shown_modulus{round_number::aux_proofs, Exhibit::Kind::to_all};
constexpr Exhibit shown_factor{round_number::aux_proofs, Exhibit::Kind::to_each};

Fault fault(Identifier culprit, Fault::Standing standing, std::string_view check,
            std::vector<Exhibit> exhibits) {
  return {culprit, standing, std::string(check), std::move(exhibits)};
}

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
    blame.faults.push_back(
        fault(party, Fault::Standing::local, "cggmp24.aux.r2.shared", {shown_opening}));
}

Digest transcript_digest(const Setup& setup, const PerParty<OpeningMessage>& openings) {
  Transcript transcript = begin_challenge("jointca/cggmp24/aux/transcript/v1",
                                          context_of(setup, "aux", openings.begin()->first));
  for (const auto& [party, opening] : openings)
    transcript.field(std::uint64_t{party.value()}).field(encoded(opening));
  return std::move(transcript).digest();
}

}  // namespace

Digest commitment(const Digest& session_id, Identifier sender, const OpeningMessage& opening) {
  Transcript transcript("jointca/cggmp24/aux/commitment/v1");
  transcript.field(session_id).field(std::uint64_t{sender.value()}).field(encoded(opening));
  return std::move(transcript).digest();
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
  const auto prm = prm::prove(context_of(setup, "aux.prm", setup.self), keys.pedersen, rng);
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
Result<PublicAux, std::string_view> check_opening(const Setup& setup, Identifier sender,
                                                  const OpeningMessage& opening) {
  const unsigned bits = setup.parameters->modulus_bits();
  const auto paillier = PaillierPublicKey::from(opening.N, bits);
  if (!paillier) return Unexpected{std::string_view("cggmp24.aux.r2.modulus")};
  const auto pedersen = RingPedersen::from(opening.N_hat, opening.s, opening.t, bits);
  if (!pedersen || gcd(opening.N, opening.N_hat) != Integer(1))
    return Unexpected{std::string_view("cggmp24.aux.r2.setup")};
  if (!proves<prm::Proof>(setup, opening.prm, [&](const prm::Proof& proof) {
        return prm::verify(context_of(setup, "aux.prm", sender), {*pedersen}, proof);
      }))
    return Unexpected{std::string_view("cggmp24.aux.r2.prm")};
  return PublicAux{*paillier, *pedersen};
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
      blame.faults.push_back(fault(party, Fault::Standing::proven, "cggmp24.aux.r2.commitment",
                                   {shown_commitment, shown_opening}));
      continue;
    }
    const auto checked = check_opening(setup_, party, opening);
    if (checked)
      parties.emplace(party, *checked);
    else
      blame.faults.push_back(
          fault(party, Fault::Standing::proven, checked.error(), {shown_opening}));
  }
  if (blame.faults.empty()) check_shared(parties, blame);
  if (!blame.faults.empty()) return Unexpected{std::move(blame)};

  PerParty<OpeningMessage> openings = std::move(inbox.from_all);
  openings.emplace(setup_.self, std::move(opening_));
  Digest rho{};
  for (const auto& entry : openings)
    for (std::size_t k = 0; k < rho.size(); ++k) rho[k] ^= entry.second.rho[k];

  const Parameters& set = *setup_.parameters;
  const PrimePair& primes = keys_.paillier.primes();
  DerivedRng rng(keys_.seed, "aux.proofs");
  Outbox<AwaitingProofs::Awaits> outbox;
  outbox.to_all = {
      rho,
      encoded_proof(mod::prove(context_of(setup_, rho, "aux.mod", setup_.self), primes, rng), set)};
  const fac::Statement statement{keys_.paillier.public_key()};
  for (const auto& [party, aux] : parties) {
    if (party == setup_.self) continue;
    const RingPedersen& theirs = aux.pedersen;
    const auto proof = fac::prove(context_of(setup_, rho, "aux.fac", setup_.self), theirs,
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
  const PaillierPublicKey& key = output_.parties.at(party).paillier;
  const RingPedersen& own = output_.pedersen.setup();
  if (!proves<mod::Proof>(setup_, modulus.mod, [&](const mod::Proof& proof) {
        return mod::verify(context_of(setup_, modulus.rho, "aux.mod", party), {key}, proof);
      })) {
    blame.faults.push_back(fault(party, Fault::Standing::proven, "cggmp24.aux.r3.mod",
                                 {shown_opening, shown_modulus}));
    return;
  }
  const auto named =
      RingPedersen::from(factor.N_hat, factor.s, factor.t, setup_.parameters->modulus_bits());
  if (!named || !proves<fac::Proof>(setup_, factor.fac, [&](const fac::Proof& proof) {
        return fac::verify(context_of(setup_, factor.rho, "aux.fac", party), *named, {key}, proof);
      })) {
    blame.faults.push_back(
        fault(party, Fault::Standing::proven, "cggmp24.aux.r3.fac", {shown_opening, shown_factor}));
    return;
  }
  if (modulus.rho != output_.rho || factor.rho != output_.rho || *named != own)
    blame.faults.push_back(fault(party, Fault::Standing::local, "cggmp24.aux.r3.statement",
                                 {shown_modulus, shown_factor}));
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

namespace {

constexpr std::uint8_t version = 1;  // of every message

// Messages are limited by the production parameters, the largest there are; that the lengths are
// the agreed ones is check_opening's to say.
constexpr IntegerLimit modulus_limit{3072};
constexpr std::size_t proof_bytes_max = std::size_t{1} << 17;

Parsed<Bytes> read_bytes(Reader& in) {
  JCA_ASSIGN(const BytesView raw, in.prefixed32(proof_bytes_max));
  return to_bytes(raw);
}

}  // namespace

// CommitmentMessage
//   u8         version = 1
//   bytes[32]  V
void encode(const CommitmentMessage& message, Writer& out) {
  out.integer(version).bytes(message.V);
}

Parsed<CommitmentMessage> parse(std::type_identity<CommitmentMessage>, BytesView input) {
  Reader in(input);
  JCA_TRY(in.expect(version, "version"));
  CommitmentMessage message;
  JCA_ASSIGN(message.V, in.array<32>());
  JCA_TRY(in.finish());
  return message;
}

// OpeningMessage
//   u8          version = 1
//   integer[4]  N, N̂, s, t           not negative, at most 3072 bits
//   bytes       Πprm                 prefixed by a u32, at most 2^17
//   bytes[32]   ρ
//   bytes[32]   u
void encode(const OpeningMessage& message, Writer& out) {
  out.integer(version);
  for (const Integer* value : {&message.N, &message.N_hat, &message.s, &message.t})
    encode(*value, out);
  out.prefixed32(message.prm).bytes(message.rho).bytes(message.u);
}

Parsed<OpeningMessage> parse(std::type_identity<OpeningMessage>, BytesView input) {
  Reader in(input);
  JCA_TRY(in.expect(version, "version"));
  OpeningMessage message;
  for (Integer* value : {&message.N, &message.N_hat, &message.s, &message.t}) {
    JCA_ASSIGN(*value, read_integer(in, modulus_limit));
  }
  JCA_ASSIGN(message.prm, read_bytes(in));
  JCA_ASSIGN(message.rho, in.array<32>());
  JCA_ASSIGN(message.u, in.array<32>());
  JCA_TRY(in.finish());
  return message;
}

// ModulusMessage
//   u8         version = 1
//   bytes[32]  ρ
//   bytes      Πmod                  prefixed by a u32, at most 2^17
void encode(const ModulusMessage& message, Writer& out) {
  out.integer(version).bytes(message.rho).prefixed32(message.mod);
}

Parsed<ModulusMessage> parse(std::type_identity<ModulusMessage>, BytesView input) {
  Reader in(input);
  JCA_TRY(in.expect(version, "version"));
  ModulusMessage message;
  JCA_ASSIGN(message.rho, in.array<32>());
  JCA_ASSIGN(message.mod, read_bytes(in));
  JCA_TRY(in.finish());
  return message;
}

// FactorMessage
//   u8          version = 1
//   bytes[32]   ρ
//   integer[3]  N̂, s, t               of the recipient
//   bytes       Πfac                 prefixed by a u32, at most 2^17
void encode(const FactorMessage& message, Writer& out) {
  out.integer(version).bytes(message.rho);
  for (const Integer* value : {&message.N_hat, &message.s, &message.t}) encode(*value, out);
  out.prefixed32(message.fac);
}

Parsed<FactorMessage> parse(std::type_identity<FactorMessage>, BytesView input) {
  Reader in(input);
  JCA_TRY(in.expect(version, "version"));
  FactorMessage message;
  JCA_ASSIGN(message.rho, in.array<32>());
  for (Integer* value : {&message.N_hat, &message.s, &message.t}) {
    JCA_ASSIGN(*value, read_integer(in, modulus_limit));
  }
  JCA_ASSIGN(message.fac, read_bytes(in));
  JCA_TRY(in.finish());
  return message;
}

}  // namespace jointca::cggmp24::aux_info
