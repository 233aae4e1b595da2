// threshold/cggmp24/presign/reasons.cpp — the error round: everyone shows that its share and its
// products are right, and who cannot is the culprit.
#include "threshold/cggmp24/encoded_size.h"
#include "threshold/cggmp24/presign/faults.h"
#include "threshold/cggmp24/presign/presign.h"
#include "threshold/cggmp24/proofs/aff_g_star.h"

namespace jointca::cggmp24::presign {

namespace {

constexpr Exhibit shown_reasons{round_number::presign_reasons, Exhibit::Kind::to_all};

/// The nonce of K^factor · D: what Πdec's statement has to be opened with.
SecretInteger share_nonce(const PaillierSecretKey& key, const SecretInteger& factor,
                          const dec::Statement& statement) {
  const OddModulus N(key.public_key().modulus());
  const SecretInteger of_K = key.primes().pow(key.nonce_of(statement.K), factor);
  return N.mul(of_K, key.nonce_of(statement.D));
}

}  // namespace

// The encoder itself, on proofs of the greatest length.
std::size_t reasons_bytes_max(const Parameters& set, std::size_t signers) {
  ReasonsMessage longest;
  longest.dec.resize(proof_bytes_max<dec::Proof>(set));
  const AffineProof affine{Bytes(proof_bytes_max<aff_g_star::Proof>(set))};
  for (std::uint16_t peer = 1; peer < signers; ++peer)
    longest.affine.emplace(Identifier(peer), affine);
  return encoded(longest).size();
}

Result<Ok, Error> check_quorum(const Parameters& set, std::size_t signers) {
  if (reasons_bytes_max(set, signers) <= payload_bytes_max) return Ok{};
  return failed(Error::Code::refused,
                "cggmp24.presign.quorum: with " + std::to_string(signers) +
                    " signers the message of the error round is longer than an envelope's " +
                    std::to_string(payload_bytes_max) + " bytes; use fewer");
}

ReasonsMessage reasons(const History& history, const Secrets& secrets) {
  const auto factor = history.mismatch();
  JCA_ASSERT(factor.has_value());
  const Parameters& set = *history.setup().parameters;
  const Multiplier& multiplier = secrets.of(*factor);
  const SecretInteger& value = multiplier.value.integer();
  const dec::Statement share = share_statement(history, *factor, secrets.self);
  DerivedRng rng = secrets.stream(history, "presign.reasons");
  ReasonsMessage message;
  message.view = history.view();
  const auto dec = dec::prove(history.context("presign.reasons.dec", secrets.self), share,
                              {*secrets.paillier, value, product_share(history, secrets, *factor),
                               share_nonce(*secrets.paillier, value, share)},
                              rng);
  message.dec = encoded_proof(dec, set);
  for (const auto& [peer, mask] : multiplier.masks) {
    const Product& product = history.round2().at(secrets.self).products.at(peer).of(*factor);
    const auto affine =
        aff_g_star::prove(history.context("presign.reasons.affine", secrets.self),
                          product_statement(history, secrets.self, peer, product,
                                            history.commitment(*factor, secrets.self)),
                          {*secrets.paillier, value, mask.y, mask.rho, mask.rho_y}, rng);
    message.affine.emplace(peer, AffineProof{encoded_proof(affine, set)});
  }
  return message;
}

Outcome<Ok> AwaitingReasons::receive(Inbox<Awaits> inbox) && {
  JCA_ASSERT(inbox.from_all.size() + 1 == history_.setup().signers.size());
  const History history = std::move(history_);
  Faults faults(history,
                *history.mismatch() == Factor::gamma ? "presigning: wrong share of δ"
                                                     : "presigning: wrong share of χ",
                {shown_reasons});
  for (const auto& entry : inbox.from_all) {
    const Identifier party = entry.first;
    const ReasonsMessage& message = entry.second;
    faults.look_at(party, message.view == history.view(), "cggmp24.presign.reasons.view",
                   [&] { return check_reasons(history, party, message); });
  }
  return std::move(faults).take();
}

}  // namespace jointca::cggmp24::presign
