// threshold/cggmp24/keygen.cpp — key generation, t of n.
#include "threshold/cggmp24/keygen.h"

#include "crypto/derived_rng.h"
#include "crypto/transcript.h"

namespace jointca::cggmp24::keygen {

using p256::Point, p256::SecretScalar;

namespace {

/// Where the proof of the resulting share is made: rid, which nobody could foresee, is in it.
Context proof_context(const Digest& session_id, const Digest& rid, Identifier prover) {
  Transcript session("jointca/cggmp24/keygen/session/v1");
  session.field(session_id).field(rid);
  return {parameters<Production>(), std::move(session).digest(), 0, "keygen.share", prover};
}

/// The commitment to Σ f_j.
std::vector<Point> total(const PerParty<OpeningMessage>& openings) {
  std::vector<Point> sum(openings.begin()->second.S.size());
  for (const auto& [party, opening] : openings)
    for (std::size_t k = 0; k < sum.size(); ++k) sum[k] = sum[k] + opening.S[k];
  return sum;
}

Digest transcript_digest(const Setup& setup, const PerParty<OpeningMessage>& openings) {
  Transcript transcript("jointca/cggmp24/keygen/transcript/v1");
  transcript.field(setup.session_id).field(std::uint64_t{setup.min_signers});
  for (const auto& [party, opening] : openings)
    transcript.field(std::uint64_t{party.value()}).field(encoded(opening));
  return std::move(transcript).digest();
}

constexpr Exhibit shown_commitment{round_number::keygen_commitments, Exhibit::Kind::to_all};
constexpr Exhibit shown_opening{round_number::keygen_openings, Exhibit::Kind::to_all};
constexpr Exhibit shown_share{round_number::keygen_openings, Exhibit::Kind::to_each};
constexpr Exhibit shown_proof{round_number::keygen_proofs, Exhibit::Kind::to_all};

}  // namespace

Digest commitment(const Digest& session_id, Identifier sender, const OpeningMessage& opening) {
  return commitment_to(opening, "jointca/cggmp24/keygen/commitment/v1", session_id, sender);
}

bool verify_share(const SecretScalar& share, Identifier i, const OpeningMessage& opening,
                  Rng& rng) {
  return base_mul(share, rng) == evaluate(opening.S, i);
}

bool verify_proof(const Digest& session_id, Identifier sender, const OpeningMessage& opening,
                  const ProofMessage& message) {
  return sch::verify(proof_context(session_id, message.rid, sender), {message.X},
                     {opening.A, message.z})
      .has_value();
}

// > Sample s_{i,0}, …, s_{i,t−1} ← Z_q and set S_i = (s_{i,k}·G). Sample rid_i ← {0,1}^κ. Compute
// > (A_i; τ_i) ← Commit_sch(). Sample u_i ← {0,1}^κ and compute V_i = H(sid, i, rid_i, S_i, A_i,
// u_i).
Step<AwaitingCommitments> begin(Setup setup, Rng& rng) {
  JCA_ASSERT(setup.min_signers >= 2 && setup.min_signers <= setup.parties.size());
  JCA_ASSERT(setup.parties.contains(setup.self));
  Polynomial polynomial = Polynomial::random(setup.min_signers, rng);
  sch::Nonce nonce(rng);
  OpeningMessage opening{rng.array<32>(), polynomial.commit(rng), nonce.A, rng.array<32>()};
  const CommitmentMessage message{commitment(setup.session_id, setup.self, opening)};
  return {AwaitingCommitments(std::move(setup), std::move(polynomial), std::move(nonce),
                              rng.secret<32>(), std::move(opening)),
          {message, {}}};
}

Outcome<Step<AwaitingOpenings>> AwaitingCommitments::receive(Inbox<Awaits> inbox) && {
  JCA_ASSERT(inbox.from_all.size() + 1 == setup_.parties.size());
  const Polynomial polynomial = std::move(polynomial_);
  Outbox<AwaitingOpenings::Awaits> outbox{opening_, {}};
  for (const Identifier peer : setup_.parties)
    if (peer != setup_.self) outbox.to_each.emplace(peer, ShareMessage{polynomial.at(peer)});
  SecretScalar own_share = polynomial.at(setup_.self);
  return Step<AwaitingOpenings>{
      AwaitingOpenings(std::move(setup_), std::move(own_share), std::move(nonce_),
                       std::move(blinding_), std::move(opening_), std::move(inbox.from_all)),
      std::move(outbox)};
}

// > Assert V_j = H(…). Make sure that S_j has length t. Assert σ_{j,i}·G = F_j(i).
Blame AwaitingOpenings::check(const Inbox<Awaits>& inbox) const {
  Blame blame{"key generation, round 2", {}};
  DerivedRng rng(blinding_, "keygen.shares");
  for (const auto& [party, opening] : inbox.from_all) {
    JCA_ASSERT(party != setup_.self && setup_.parties.contains(party));
    if (commitment(setup_.session_id, party, opening) != commitments_.at(party).V)
      blame.faults.push_back(
          proven_fault(party, "cggmp24.keygen.r2.commitment", {shown_commitment, shown_opening}));
    else if (opening.S.size() != setup_.min_signers)
      blame.faults.push_back(proven_fault(party, "cggmp24.keygen.r2.degree", {shown_opening}));
    else if (!verify_share(inbox.from_each.at(party).share, setup_.self, opening, rng))
      blame.faults.push_back(
          proven_fault(party, "cggmp24.keygen.r2.share", {shown_opening, shown_share}));
  }
  return blame;
}

// > rid = ⊕ rid_j; F = Σ F_j; X_j = F(j); x_i = Σ σ_{j,i}; e_i = H(sid, i, rid, X_i, A_i);
// > ψ_i = τ_i + e_i·x_i. (The specification prints σ_i for x_i: docs/protocols/cggmp24.md, e11.)
Outcome<Step<AwaitingProofs>> AwaitingOpenings::receive(Inbox<Awaits> inbox) && {
  JCA_ASSERT(inbox.from_all.size() + 1 == setup_.parties.size());
  JCA_ASSERT(parties_of(inbox.from_each) == parties_of(inbox.from_all));
  SecretScalar share = std::move(share_);
  sch::Nonce nonce = std::move(nonce_);
  Blame blame = check(inbox);
  if (!blame.faults.empty()) return Unexpected{std::move(blame)};

  for (const auto& [dealer, message] : inbox.from_each) share = share + message.share;
  PerParty<OpeningMessage> openings = std::move(inbox.from_all);
  openings.emplace(setup_.self, std::move(opening_));
  const auto sum = total(openings);
  const Digest rid = combined(openings, &OpeningMessage::rid);
  GroupKey group{sum.front(), {}, setup_.min_signers};
  bool infinity = group.public_key.is_infinity();
  for (const Identifier party : setup_.parties) {
    const Point X = evaluate(sum, party);
    infinity = infinity || X.is_infinity();
    group.verifying_shares.emplace(party, X);
  }
  if (infinity) return blamed("key generation gave the identity; begin again");

  const Point& X = group.verifying_shares.at(setup_.self);
  const auto proof =
      sch::prove(proof_context(setup_.session_id, rid, setup_.self), {X}, share, std::move(nonce));
  const ProofMessage message{rid, X, proof.z};
  Output output(std::move(share), std::move(group), rid, transcript_digest(setup_, openings));
  return Step<AwaitingProofs>{
      AwaitingProofs(std::move(setup_), std::move(openings), std::move(output)), {message, {}}};
}

Outcome<Output> AwaitingProofs::receive(Inbox<Awaits> inbox) && {
  JCA_ASSERT(inbox.from_all.size() + 1 == setup_.parties.size());
  Output output = std::move(output_);
  Blame blame{"key generation, round 3", {}};
  for (const auto& [party, message] : inbox.from_all) {
    JCA_ASSERT(party != setup_.self && setup_.parties.contains(party));
    if (!verify_proof(setup_.session_id, party, openings_.at(party), message))
      blame.faults.push_back(
          proven_fault(party, "cggmp24.keygen.r3.proof", {shown_opening, shown_proof}));
    else if (message.rid != output.rid || message.X != output.group.verifying_shares.at(party))
      blame.faults.push_back(local_fault(party, "cggmp24.keygen.r3.statement"));
  }
  if (!blame.faults.empty()) return Unexpected{std::move(blame)};
  return output;
}

void encode(const ShareMessage& message, Writer& out) {
  out.integer(message_version).bytes(message.share.bytes().expose());
}

Parsed<ShareMessage> parse(std::type_identity<ShareMessage>, BytesView input) {
  Reader in(input);
  JCA_TRY(in.expect(message_version, "version"));
  JCA_ASSIGN(const BytesView raw, in.bytes(32));
  auto share = SecretScalar::parse(raw);
  if (!share) return in.fail(share.error().reason);
  JCA_TRY(in.finish());
  return ShareMessage{*std::move(share)};
}

}  // namespace jointca::cggmp24::keygen
