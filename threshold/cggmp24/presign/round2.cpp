// threshold/cggmp24/presign/round2.cpp — Γ, and everyone's γ and x times everyone else's k.
#include "threshold/cggmp24/presign/faults.h"
#include "threshold/cggmp24/presign/presign.h"
#include "threshold/cggmp24/proofs/elog.h"

namespace jointca::cggmp24::presign {

using p256::Point;

namespace {

constexpr Exhibit shown_secrets{round_number::presign_secrets, Exhibit::Kind::to_all};
constexpr Exhibit shown_proofs{round_number::presign_secrets, Exhibit::Kind::to_each};

// > Sample r_{i,j} ← Z_{N_i}, s_{i,j} ← Z_{N_j}, β_{i,j} ← ±2^ℓ′. Compute
// > D_{j,i} = (γ_i ⊙ K_j) ⊕ enc_j(−β_{i,j}; s_{i,j}) and F_{j,i} = enc_i(−β_{i,j}; r_{i,j}).
Product multiply(const History& history, const Secrets& secrets, Identifier peer,
                 Multiplier& multiplier, Rng& rng) {
  const PaillierPublicKey& j = history.setup().signers.at(peer).aux.paillier;
  const PaillierSecretKey& i = *secrets.paillier;
  Mask mask{SecretInteger::random_signed(history.setup().parameters->ell_prime, rng),
            j.random_nonce(rng), i.public_key().random_nonce(rng)};
  const SecretInteger product = j.mul(history.round1().at(peer).K, multiplier.value.integer());
  Product out{j.add(product, j.encrypt(mask.y, mask.rho)).reveal(),
              i.encrypt(mask.y, mask.rho_y).reveal()};
  multiplier.masks.emplace(peer, std::move(mask));
  return out;
}

Bytes prove_product(const History& history, const Secrets& secrets, std::string_view purpose,
                    Identifier peer, const Multiplier& multiplier, const Product& product,
                    const Point& X, Rng& rng) {
  const Mask& mask = multiplier.masks.at(peer);
  const auto proof = aff_g::prove(
      history.context(purpose, secrets.self), history.setup().signers.at(peer).aux.pedersen,
      product_statement(history, secrets.self, peer, product, X),
      {*secrets.paillier, multiplier.value.integer(), mask.y, mask.rho, mask.rho_y}, rng);
  return encoded_proof(proof, *history.setup().parameters);
}

}  // namespace

Outcome<Step<AwaitingRound2>> AwaitingRound1::receive(Inbox<Awaits> inbox) && {
  JCA_ASSERT(inbox.from_all.size() + 1 == history_.setup().signers.size());
  JCA_ASSERT(parties_of(inbox.from_each) == parties_of(inbox.from_all));
  History history = std::move(history_);
  Secrets secrets = std::move(secrets_);
  const Identifier self = secrets.self;
  Faults faults(history, "presigning, round 1", {shown_secrets, shown_proofs});
  for (const auto& entry : inbox.from_all) {
    const Identifier party = entry.first;
    const Round1Message& message = entry.second;
    const Round1Proofs& proofs = inbox.from_each.at(party);
    faults.look_at(party, message.view == history.view() && proofs.view == history.view(),
                   "cggmp24.presign.r1.view",
                   [&] { return check_round1(history, party, self, message, proofs); });
  }
  if (!faults.none()) return std::move(faults).take();
  PerParty<Round1Message> all = std::move(inbox.from_all);
  all.emplace(self, std::move(own_));
  history.add(std::move(all));

  // > Γ_i = γ_i·G, ψ̃_i = Πelog(B_{i,1}, B_{i,2}, Y_i, Γ_i, G; γ_i, b_i).
  DerivedRng rng = secrets.stream(history, "presign.round2");
  const Round1Message& first = history.round1().at(self);
  Round2Message own;
  own.view = history.view();
  own.Gamma = base_mul(secrets.gamma.value, rng);
  const auto elog = elog::prove(history.context("presign.r2.elog", self),
                                {first.B1, first.B2, first.Y, own.Gamma, Point::base()},
                                {secrets.gamma.value, secrets.b}, rng);
  own.elog = encoded_proof(elog, *history.setup().parameters);
  Outbox<AwaitingRound2::Awaits> outbox;
  for (const auto& [peer, signer] : history.setup().signers) {
    if (peer == self) continue;
    const Products products{multiply(history, secrets, peer, secrets.gamma, rng),
                            multiply(history, secrets, peer, secrets.x, rng)};
    outbox.to_each.emplace(
        peer, Round2Proofs{history.view(),
                           prove_product(history, secrets, "presign.r2.gamma", peer, secrets.gamma,
                                         products.gamma, own.Gamma, rng),
                           prove_product(history, secrets, "presign.r2.x", peer, secrets.x,
                                         products.x, history.setup().signers.at(self).X, rng)});
    own.products.emplace(peer, products);
  }
  outbox.to_all = own;
  return Step<AwaitingRound2>{
      AwaitingRound2(std::move(history), std::move(secrets), std::move(own)), std::move(outbox)};
}

}  // namespace jointca::cggmp24::presign
