// threshold/cggmp24/presign/checks.cpp — every check of the messages of presigning.
#include "threshold/cggmp24/presign/history.h"
#include "threshold/cggmp24/proofs/aff_g_star.h"
#include "threshold/cggmp24/proofs/elog.h"
#include "threshold/cggmp24/proofs/enc_elg.h"

namespace jointca::cggmp24::presign {

using p256::Point;

namespace {

/// Exactly one value for each peer of `party`.
template <class T>
bool for_each_peer(const History& history, Identifier party, const PerParty<T>& values) {
  PartySet expected = parties_of(history.setup().signers);
  expected.erase(party);
  return parties_of(values) == expected;
}

bool proves_product(const Context& context, const RingPedersen& setup,
                    const aff_g::Statement& statement, const Bytes& bytes) {
  return proves<aff_g::Proof>(context.parameters, bytes, [&](const aff_g::Proof& proof) {
    return aff_g::verify(context, setup, statement, proof);
  });
}

bool proves_elog(const Context& context, const elog::Statement& statement, const Bytes& bytes) {
  return proves<elog::Proof>(context.parameters, bytes, [&](const elog::Proof& proof) {
    return elog::verify(context, statement, proof);
  });
}

}  // namespace

aff_g::Statement product_statement(const History& history, Identifier prover, Identifier recipient,
                                   const Product& product, const Point& X) {
  const PerParty<Signer>& signers = history.setup().signers;
  return {signers.at(recipient).aux.paillier,
          signers.at(prover).aux.paillier,
          history.round1().at(recipient).K,
          product.D,
          product.F,
          X};
}

// The ciphertext is factor ⊙ K_i ⊕ ΣD_ij ⊖ ΣF_ji, since F encrypts −β (e3).
dec::Statement share_statement(const History& history, Factor factor, Identifier prover) {
  const PaillierPublicKey& key = history.setup().signers.at(prover).aux.paillier;
  Integer D(1);
  for (const auto& [peer, message] : history.round2()) {
    if (peer == prover) continue;
    D = key.add(D, message.products.at(prover).of(factor).D);
    D = key.sub(D, history.round2().at(prover).products.at(peer).of(factor).F);
  }
  const Round3Message& own = history.round3().at(prover);
  const bool gamma = factor == Factor::gamma;
  return {key,
          history.round1().at(prover).K,
          D,
          history.commitment(factor, prover),
          gamma ? base_mul_vartime(own.delta) : own.S,
          gamma ? Point::base() : history.sum_of_gammas()};
}

// > Verify ψ⁰_{i,j} of (K_j, Y_j, A_{j,1}, A_{j,2}) and ψ¹_{i,j} of (G_j, Y_j, B_{j,1}, B_{j,2}).
Checked check_round1(const History& history, Identifier prover, Identifier recipient,
                     const Round1Message& message, const Round1Proofs& proofs) {
  const PaillierPublicKey& key = history.setup().signers.at(prover).aux.paillier;
  const RingPedersen& setup = history.setup().signers.at(recipient).aux.pedersen;
  const auto proven = [&](std::string_view purpose, const enc_elg::Statement& statement,
                          const Bytes& bytes) {
    const Context context = history.context(purpose, prover);
    return proves<enc_elg::Proof>(context.parameters, bytes, [&](const enc_elg::Proof& proof) {
      return enc_elg::verify(context, setup, statement, proof);
    });
  };
  JCA_TRY(
      require(proven("presign.r1.k", {key, message.K, message.Y, message.A1, message.A2}, proofs.k),
              "cggmp24.presign.r1.k"));
  return require(
      proven("presign.r1.gamma", {key, message.G, message.Y, message.B1, message.B2}, proofs.gamma),
      "cggmp24.presign.r1.gamma");
}

// > Assert ψ̃_j of (B_{j,1}, B_{j,2}, Y_j, Γ_j, G),
// > ψ_{i,j} of (N_i, N_j, K_i, D_{i,j}, F_{i,j}, Γ_j) and ψ̂_{i,j} of (…, X_j).
Checked check_round2(const History& history, Identifier prover, Identifier recipient,
                     const Round2Message& message, const Round2Proofs& proofs) {
  JCA_TRY(
      require(for_each_peer(history, prover, message.products), "cggmp24.presign.r2.recipients"));
  const Round1Message& first = history.round1().at(prover);
  JCA_TRY(require(
      proves_elog(history.context("presign.r2.elog", prover),
                  {first.B1, first.B2, first.Y, message.Gamma, Point::base()}, message.elog),
      "cggmp24.presign.r2.elog"));
  const RingPedersen& setup = history.setup().signers.at(recipient).aux.pedersen;
  const Products& products = message.products.at(recipient);
  JCA_TRY(require(
      proves_product(history.context("presign.r2.gamma", prover), setup,
                     product_statement(history, prover, recipient, products.gamma, message.Gamma),
                     proofs.gamma),
      "cggmp24.presign.r2.gamma"));
  const Point& X = history.setup().signers.at(prover).X;
  return require(
      proves_product(history.context("presign.r2.x", prover), setup,
                     product_statement(history, prover, recipient, products.x, X), proofs.x),
      "cggmp24.presign.r2.x");
}

// > Assert ψ′_j of (A_{j,1}, A_{j,2}, Y_j, Δ_j, Γ).
Checked check_round3(const History& history, Identifier prover, const Round3Message& message) {
  const Round1Message& first = history.round1().at(prover);
  return require(proves_elog(history.context("presign.r3.elog", prover),
                             {first.A1, first.A2, first.Y, message.Delta, history.sum_of_gammas()},
                             message.elog),
                 "cggmp24.presign.r3.elog");
}

// Fig. 9: a share that is not what the ciphertexts hold, or a product that its recipient let pass.
Checked check_reasons(const History& history, Identifier prover, const ReasonsMessage& message) {
  const auto factor = history.mismatch();
  JCA_ASSERT(factor.has_value());
  JCA_TRY(require(for_each_peer(history, prover, message.affine),
                  "cggmp24.presign.reasons.recipients"));
  const Context context = history.context("presign.reasons.dec", prover);
  JCA_TRY(require(proves<dec::Proof>(context.parameters, message.dec,
                                     [&](const dec::Proof& proof) {
                                       return dec::verify(context,
                                                          share_statement(history, *factor, prover),
                                                          proof);
                                     }),
                  "cggmp24.presign.reasons.dec"));
  const Context affine = history.context("presign.reasons.affine", prover);
  for (const auto& [peer, part] : message.affine) {
    const auto statement = product_statement(
        history, prover, peer, history.round2().at(prover).products.at(peer).of(*factor),
        history.commitment(*factor, prover));
    JCA_TRY(require(proves<aff_g_star::Proof>(affine.parameters, part.proof,
                                              [&](const aff_g_star::Proof& proof) {
                                                return aff_g_star::verify(affine, statement, proof);
                                              }),
                    "cggmp24.presign.reasons.affine"));
  }
  return Ok{};
}

}  // namespace jointca::cggmp24::presign
