// threshold/cggmp24/presign/round1.cpp — k and γ, encrypted and committed to.
#include "threshold/cggmp24/presign/presign.h"
#include "threshold/cggmp24/proofs/enc_elg.h"

namespace jointca::cggmp24::presign {

using p256::SecretScalar;

namespace {

Secret<32> secret_digest(Transcript transcript) {
  return Secret<32>::make([&](std::span<std::uint8_t, 32> out) {
    Digest digest = std::move(transcript).digest();
    std::copy(digest.begin(), digest.end(), out.begin());
    sodium_memzero(digest.data(), digest.size());
  });
}

Secret<32> derive_seed(const SecretScalar& share, const Digest& view, Rng& rng) {
  const Secret<32> fresh = rng.secret<32>(), secret = share.bytes();
  Transcript transcript("jointca/cggmp24/presign/seed/v1");
  return secret_digest(transcript.field(secret.expose()).field(view).field(fresh.expose()));
}

/// A uniform secret of its own stream.
SecretScalar scalar(const Secret<32>& seed, std::string_view purpose) {
  DerivedRng rng(seed, purpose);
  return SecretScalar::random(rng);
}

}  // namespace

Secrets::Secrets(const Setup& setup, Identifier self_, const keygen::Output& key,
                 const aux_info::Output& aux, const Digest& view, Rng& rng)
    : self(self_),
      paillier(&aux.paillier),
      seed(derive_seed(key.share, view, rng)),
      k(scalar(seed, "presign.k")),
      a(scalar(seed, "presign.a")),
      b(scalar(seed, "presign.b")),
      gamma{scalar(seed, "presign.gamma")},
      x{key.share * lagrange_coefficient(self, parties_of(setup.signers))} {}

DerivedRng Secrets::stream(const History& history, std::string_view purpose) const {
  Transcript transcript("jointca/cggmp24/presign/stream/v1");
  return {secret_digest(transcript.field(seed.expose()).field(history.view())), purpose};
}

// > Sample k_i, γ_i ← Z_q, ρ_i, v_i ← Z*_{N_i}; G_i = enc_i(γ_i; v_i), K_i = enc_i(k_i; ρ_i).
// > Sample Y_i and a_i, b_i; A_{i,1} = a_i G, A_{i,2} = a_i Y_i + k_i G;
// > B_{i,1} = b_i G, B_{i,2} = b_i Y_i + γ_i G.
// > For each j, ψ⁰_{j,i} and ψ¹_{j,i} = Πenc-elg under R_j.
Result<Step<AwaitingRound1>, Error> begin(Setup setup, Identifier self, const keygen::Output& key,
                                          const aux_info::Output& aux, Rng& rng) {
  JCA_ASSERT(setup.signers.contains(self) && setup.signers.size() >= 2);
  JCA_TRY(check_quorum(*setup.parameters, setup.signers.size()));
  History history(std::move(setup));
  Secrets secrets(history.setup(), self, key, aux, history.view(), rng);
  DerivedRng derived(secrets.seed, "presign.round1");
  const PaillierSecretKey& paillier = *secrets.paillier;
  const SecretScalar &k = secrets.k, &gamma = secrets.gamma.value;
  const SecretInteger rho = paillier.public_key().random_nonce(derived);
  const SecretInteger nu = paillier.public_key().random_nonce(derived);
  Round1Message own;
  own.view = history.view();
  own.K = paillier.encrypt(k.integer(), rho).reveal();
  own.G = paillier.encrypt(gamma.integer(), nu).reveal();
  own.Y = base_mul(SecretScalar::random(derived), derived);
  own.A1 = base_mul(secrets.a, derived);
  own.A2 = mul_add(secrets.a, own.Y, k, derived);
  own.B1 = base_mul(secrets.b, derived);
  own.B2 = mul_add(secrets.b, own.Y, gamma, derived);

  Outbox<AwaitingRound1::Awaits> outbox{own, {}};
  const PaillierPublicKey& N = paillier.public_key();
  for (const auto& [peer, signer] : history.setup().signers) {
    if (peer == self) continue;
    const auto of_k = enc_elg::prove(history.context("presign.r1.k", self), signer.aux.pedersen,
                                     {N, own.K, own.Y, own.A1, own.A2},
                                     {paillier, k.integer(), rho, secrets.a}, derived);
    const auto of_gamma = enc_elg::prove(history.context("presign.r1.gamma", self),
                                         signer.aux.pedersen, {N, own.G, own.Y, own.B1, own.B2},
                                         {paillier, gamma.integer(), nu, secrets.b}, derived);
    const Parameters& set = *history.setup().parameters;
    outbox.to_each.emplace(
        peer, Round1Proofs{history.view(), encoded_proof(of_k, set), encoded_proof(of_gamma, set)});
  }
  return Step<AwaitingRound1>{
      AwaitingRound1(std::move(history), std::move(secrets), std::move(own)), std::move(outbox)};
}

}  // namespace jointca::cggmp24::presign
