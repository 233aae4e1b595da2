// threshold/cggmp24/presign/round3.cpp — shares of γ·k and x·k, and what they make.
#include "threshold/cggmp24/presign/faults.h"
#include "threshold/cggmp24/presign/presign.h"
#include "threshold/cggmp24/proofs/elog.h"

namespace jointca::cggmp24::presign {

using p256::Point, p256::Scalar, p256::SecretScalar;

namespace {

constexpr Exhibit shown_products{round_number::presign_products, Exhibit::Kind::to_all};
constexpr Exhibit shown_proofs{round_number::presign_products, Exhibit::Kind::to_each};
constexpr Exhibit shown_shares{round_number::presign_shares, Exhibit::Kind::to_all};

}  // namespace

// > δ_i = γ_i k_i + Σ (α_{i,j} + β_{i,j}) with α_{i,j} = dec_i(D_{i,j}); χ_i likewise.
SecretInteger product_share(const History& history, const Secrets& secrets, Factor factor) {
  const Multiplier& multiplier = secrets.of(factor);
  SecretInteger sum = multiplier.value.integer() * secrets.k.integer();
  for (const auto& [peer, mask] : multiplier.masks) {
    const Product& theirs = history.round2().at(peer).products.at(secrets.self).of(factor);
    sum = sum + secrets.paillier->decrypt(theirs.D) - mask.y;
  }
  return sum;
}

Outcome<Step<AwaitingRound3>> AwaitingRound2::receive(Inbox<Awaits> inbox) && {
  JCA_ASSERT(inbox.from_all.size() + 1 == history_.setup().signers.size());
  JCA_ASSERT(parties_of(inbox.from_each) == parties_of(inbox.from_all));
  History history = std::move(history_);
  Secrets secrets = std::move(secrets_);
  const Identifier self = secrets.self;
  Faults faults(history, "presigning, round 2", {shown_products, shown_proofs});
  for (const auto& entry : inbox.from_all) {
    const Identifier party = entry.first;
    const Round2Message& message = entry.second;
    const Round2Proofs& proofs = inbox.from_each.at(party);
    faults.look_at(party, message.view == history.view() && proofs.view == history.view(),
                   "cggmp24.presign.r2.view",
                   [&] { return check_round2(history, party, self, message, proofs); });
  }
  if (!faults.none()) return std::move(faults).take();
  PerParty<Round2Message> all = std::move(inbox.from_all);
  all.emplace(self, std::move(own_));
  history.add(std::move(all));
  const Point Gamma = history.sum_of_gammas();
  if (Gamma.is_infinity()) return blamed("presigning gave the identity; begin again");

  // > Δ_i = k_i·Γ, ψ′_i = Πelog(A_{i,1}, A_{i,2}, Y_i, Δ_i, Γ; k_i, a_i), S_i = χ_i·Γ.
  DerivedRng rng = secrets.stream(history, "presign.round3");
  const Round1Message& first = history.round1().at(self);
  SecretScalar chi = SecretScalar::reduce(product_share(history, secrets, Factor::x));
  Round3Message own;
  own.view = history.view();
  own.delta = SecretScalar::reduce(product_share(history, secrets, Factor::gamma)).reveal();
  own.S = mul(chi, Gamma, rng);
  own.Delta = mul(secrets.k, Gamma, rng);
  const auto elog =
      elog::prove(history.context("presign.r3.elog", self),
                  {first.A1, first.A2, first.Y, own.Delta, Gamma}, {secrets.k, secrets.a}, rng);
  own.elog = encoded_proof(elog, *history.setup().parameters);
  Outbox<AwaitingRound3::Awaits> outbox{own, {}};
  return Step<AwaitingRound3>{
      AwaitingRound3(std::move(history), std::move(secrets), std::move(chi), std::move(own)),
      std::move(outbox)};
}

// > δ = Σδ_j. Assert δ·G = ΣΔ_j and δ·X = ΣS_j. Set k̃_i = k_i/δ, χ̃_i = χ_i/δ, Δ̃_j = δ⁻¹Δ_j and
// > S̃_j = δ⁻¹S_j.
Outcome<Finished> AwaitingRound3::receive(Inbox<Awaits> inbox) && {
  JCA_ASSERT(inbox.from_all.size() + 1 == history_.setup().signers.size());
  History history = std::move(history_);
  const Secrets secrets = std::move(secrets_);
  const SecretScalar chi = std::move(chi_);
  Faults faults(history, "presigning, round 3", {shown_shares});
  for (const auto& entry : inbox.from_all) {
    const Identifier party = entry.first;
    const Round3Message& message = entry.second;
    faults.look_at(party, message.view == history.view(), "cggmp24.presign.r3.view",
                   [&] { return check_round3(history, party, message); });
  }
  if (!faults.none()) return std::move(faults).take();
  PerParty<Round3Message> all = std::move(inbox.from_all);
  all.emplace(secrets.self, std::move(own_));
  history.add(std::move(all));
  if (history.mismatch()) {
    Outbox<AwaitingReasons::Awaits> outbox{reasons(history, secrets), {}};
    return Finished(Step<AwaitingReasons>{AwaitingReasons(std::move(history)), std::move(outbox)});
  }
  if (history.delta().is_zero()) return blamed("presigning gave zero; begin again");

  const Scalar inverse = history.delta().inverse();
  PublicPresignature common{
      history.view(), history.setup().public_key(), history.sum_of_gammas(), {}};
  for (const auto& [party, message] : history.round3())
    common.signers.emplace(party, PartialCommitment{mul_vartime(inverse, message.Delta),
                                                    mul_vartime(inverse, message.S)});
  return Finished(Presignature(secrets.self, std::move(common), (secrets.k * inverse).bytes(),
                               (chi * inverse).bytes()));
}

}  // namespace jointca::cggmp24::presign
