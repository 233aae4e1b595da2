#include "threshold/frost/dkg.h"

#include "crypto/rng.h"
#include "crypto/transcript.h"
#include "threshold/feldman.h"
#include "threshold/frost/hash.h"

namespace jointca::frost::dkg {
namespace {

constexpr std::uint8_t round1_version = 1;
constexpr std::uint8_t round2_version = 1;

Digest transcript_digest(const Setup& setup, const PerParty<Round1Message>& messages) {
  Transcript transcript("jointca/frost/dkg/transcript/v1");
  transcript.field(setup.session_id).field(std::uint64_t{setup.min_signers});
  for (const auto& [party, message] : messages)
    transcript.field(std::uint64_t{party.value()}).field(encoded(message));
  return std::move(transcript).digest();
}

GroupKey group_key(const Setup& setup, const PerParty<Round1Message>& messages) {
  std::vector<const VssCommitment*> commitments;
  for (const auto& entry : messages) commitments.push_back(&entry.second.commitment);
  const VssCommitment total = sum(commitments);
  GroupKey group{total.coefficients.front(), {}, setup.min_signers};
  for (const Identifier party : setup.parties)
    group.verifying_shares.emplace(party, evaluate(total, party));
  return group;
}

/// Chance alone makes none of them the identity; an encoding of the key could not hold it.
bool has_identity(const GroupKey& group) {
  if (group.public_key.is_identity()) return true;
  for (const auto& entry : group.verifying_shares)
    if (entry.second.is_identity()) return true;
  return false;
}

}  // namespace

Scalar possession_challenge(Identifier identifier, const Point& phi_0, const Point& R,
                            BytesView context) {
  return h_dkg({to_scalar(identifier).bytes(), phi_0.bytes(), R.bytes(), context});
}

ProofOfPossession prove_possession(Identifier identifier, const SecretScalar& a_0,
                                   const Point& phi_0, SecretScalar nonce, BytesView context) {
  const SecretScalar k = std::move(nonce);
  const Point R = base_mul(k);
  const Scalar c = possession_challenge(identifier, phi_0, R, context);
  return {R, (k + a_0 * c).reveal()};
}

bool verify_possession(Identifier identifier, const Point& phi_0, const ProofOfPossession& proof,
                       BytesView context) {
  const Scalar minus_c = Scalar() - possession_challenge(identifier, phi_0, proof.R, context);
  return multiexp_vartime(proof.z, {&minus_c, 1}, {&phi_0, 1}) == proof.R;
}

Step<AwaitingRound1> begin(Setup setup, Rng& rng) {
  SecretPolynomial polynomial = SecretPolynomial::random(setup.min_signers, rng);
  return begin(std::move(setup), std::move(polynomial), rng);
}

// > 1. Every participant P_i samples t random values (a_i0, …, a_i(t−1)) and uses these values as
// >    coefficients to define a degree t − 1 polynomial f_i(x).
// > 2. Every P_i computes a proof of knowledge to the corresponding secret a_i0.
// > 3. Every P_i computes a public commitment C_i = ⟨φ_i0, …, φ_i(t−1)⟩.
// > 4. Every P_i broadcasts C_i, σ_i to all other participants.
Step<AwaitingRound1> begin(Setup setup, SecretPolynomial polynomial, Rng& rng) {
  JCA_ASSERT(setup.min_signers >= 2 && setup.min_signers <= setup.parties.size());
  JCA_ASSERT(setup.parties.contains(setup.self));
  JCA_ASSERT(polynomial.coefficients().size() == setup.min_signers);
  Round1Message own{commit_to(polynomial), {}};
  const SecretScalar& a_0 = polynomial.coefficients().front();
  // Hedged like a signing nonce: a weak generator alone does not reveal a₀.
  SecretScalar nonce = h3(rng.secret<32>().expose(), a_0.bytes().expose(), setup.session_id);
  own.proof = prove_possession(setup.self, a_0, own.commitment.coefficients.front(),
                               std::move(nonce), setup.session_id);
  return {AwaitingRound1(std::move(setup), std::move(polynomial), own), {own, {}}};
}

Outcome<Step<AwaitingRound2>> AwaitingRound1::receive(Inbox<Awaits> inbox) && {
  JCA_ASSERT(inbox.from_all.size() + 1 == setup_.parties.size());
  Blame blame{"key generation, round 1", {}};
  const auto convict = [&](Identifier culprit, const char* check) {
    blame.faults.push_back({culprit,
                            Fault::Standing::proven,
                            check,
                            {{round_number::dkg_commitments, Exhibit::Kind::to_all}}});
  };
  // > 5. Upon receiving C_ℓ, σ_ℓ from participants 1 ≤ ℓ ≤ n, ℓ ≠ i, participant P_i verifies σ_ℓ.
  // The figure leaves out that |C_ℓ| = t: a longer one would raise the threshold (D1).
  for (const auto& [party, message] : inbox.from_all) {
    JCA_ASSERT(party != setup_.self && setup_.parties.contains(party));
    if (message.commitment.coefficients.size() != setup_.min_signers)
      convict(party, "frost.dkg.r1.degree");
    else if (!verify_possession(party, message.commitment.coefficients.front(), message.proof,
                                setup_.session_id))
      convict(party, "frost.dkg.r1.possession");
  }
  if (!blame.faults.empty()) return Unexpected{std::move(blame)};

  Outbox<AwaitingRound2::Awaits> outbox;
  for (const Identifier peer : setup_.parties)
    if (peer != setup_.self) outbox.to_each.emplace(peer, Round2Message{polynomial_.at(peer)});
  SecretScalar own_share = polynomial_.at(setup_.self);
  { const SecretPolynomial wiped = std::move(polynomial_); }
  PerParty<Round1Message> messages = std::move(inbox.from_all);
  messages.emplace(setup_.self, std::move(own_));
  return Step<AwaitingRound2>{
      AwaitingRound2(std::move(setup_), std::move(own_share), std::move(messages)),
      std::move(outbox)};
}

Outcome<Output> AwaitingRound2::receive(Inbox<Awaits> inbox) && {
  JCA_ASSERT(inbox.from_each.size() + 1 == setup_.parties.size());
  Blame blame{"key generation, round 2", {}};
  SecretScalar share = std::move(own_share_);
  // > 2. Each P_i verifies their shares by calculating g^{f_ℓ(i)} =? Π_k φ_ℓk^{i^k}, aborting if
  // the >    check fails. > 3. Each P_i calculates their long-lived private signing share by
  // computing s_i = Σ f_ℓ(i).
  for (const auto& [dealer, message] : inbox.from_each) {
    JCA_ASSERT(dealer != setup_.self && messages_.contains(dealer));
    if (!verify_share(message.share, setup_.self, messages_.at(dealer).commitment))
      blame.faults.push_back({dealer,
                              Fault::Standing::proven,
                              "frost.dkg.r2.share",
                              {{round_number::dkg_commitments, Exhibit::Kind::to_all},
                               {round_number::dkg_shares, Exhibit::Kind::to_each}}});
    share = share + message.share;
  }
  if (!blame.faults.empty()) return Unexpected{std::move(blame)};

  // > 4. Each P_i calculates their public verification share Y_i = g^{s_i}, and the group's public
  // >    key Y = Π φ_j0.
  GroupKey group = group_key(setup_, messages_);
  if (has_identity(group)) return blamed("key generation gave the identity; begin again");
  JCA_ASSERT(base_mul(share) == group.verifying_shares.at(setup_.self));
  return Output(KeyPackage(setup_.self, std::move(share), std::move(group)),
                transcript_digest(setup_, messages_));
}

// Round1Message
//   u8         version = 1
//   u16        t, 1 … parties_max
//   point[t]   commitment           32 bytes each, canonical, prime order; the identity is allowed
//                                   except in the first: a zero coefficient is a fair choice
//   point      proof.R              not the identity
//   scalar     proof.z              32 bytes, little-endian, below q
void encode(const Round1Message& message, Writer& out) {
  out.integer(round1_version);
  out.integer(static_cast<std::uint16_t>(message.commitment.coefficients.size()));
  for (const Point& phi_k : message.commitment.coefficients) out.bytes(phi_k.bytes());
  out.bytes(message.proof.R.bytes()).bytes(message.proof.z.bytes());
}

Parsed<Round1Message> parse(std::type_identity<Round1Message>, BytesView input) {
  Reader in(input);
  JCA_TRY(in.expect(round1_version, "version"));
  JCA_ASSIGN(const auto count, in.integer<std::uint16_t>(1, parties_max));
  Round1Message message;
  for (std::uint16_t k = 0; k < count; ++k) {
    const auto identity = k == 0 ? Point::Identity::refused : Point::Identity::allowed;
    JCA_ASSIGN(const Point phi_k, read_point(in, identity));
    message.commitment.coefficients.push_back(phi_k);
  }
  JCA_ASSIGN(message.proof.R, read_point(in));
  JCA_ASSIGN(message.proof.z, read_scalar(in));
  JCA_TRY(in.finish());
  return message;
}

// Round2Message, secret
//   u8         version = 1
//   bytes[32]  share, little-endian, below q
void encode(const Round2Message& message, Writer& out) {
  out.integer(round2_version).bytes(message.share.bytes().expose());
}

Parsed<Round2Message> parse(std::type_identity<Round2Message>, BytesView input) {
  Reader in(input);
  JCA_TRY(in.expect(round2_version, "version"));
  JCA_ASSIGN(const BytesView raw, in.bytes(32));
  auto share = SecretScalar::parse(raw);
  if (!share) return in.fail(share.error().reason);
  JCA_TRY(in.finish());
  return Round2Message{*std::move(share)};
}

}  // namespace jointca::frost::dkg
