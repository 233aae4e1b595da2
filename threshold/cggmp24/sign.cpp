// threshold/cggmp24/sign.cpp — signing with a presignature.
#include "threshold/cggmp24/sign.h"

namespace jointca::cggmp24::sign {

using p256::Scalar, p256::SecretScalar;

namespace {

constexpr Exhibit shown_partial{round_number::sign_partials, Exhibit::Kind::to_all};

/// r || s as DER with low s, if it verifies.
std::optional<Bytes> finish(const PublicPresignature& presignature, const Request& request,
                            const Scalar& r, const Scalar& s) {
  const Digest r_bytes = r.bytes(), s_bytes = s.bytes();
  Bytes both(r_bytes.begin(), r_bytes.end());
  both.insert(both.end(), s_bytes.begin(), s_bytes.end());
  const auto der = p256_signature_der(both);
  auto signature = der ? with_low_s(*der) : std::nullopt;
  const auto key = presignature.public_key.public_key();
  if (!signature || !key || !verify_p256(*key, request.message, *signature)) return std::nullopt;
  return signature;
}

Unexpected<Error> damaged() {
  return failed(
      "cggmp24.sign.own: the presignature does not give a valid partial signature; it was damaged "
      "and is used up, take another");
}

}  // namespace

Digest Request::digest() const {
  Transcript transcript("jointca/cggmp24/sign/request/v1");
  return std::move(transcript.field(encoded(*this))).digest();
}

Terms::Terms(const PublicPresignature& presignature, const Request& request)
    : rho([&] {
        Transcript transcript("jointca/cggmp24/sign/rho/v1");
        transcript.field(presignature.id()).field(request.digest());
        return Scalar::reduce(std::move(transcript).digest64());
      }()),
      Gamma(mul_vartime(rho, presignature.Gamma)),
      m(Scalar::reduce(Integer::from_bytes(sha256(request.message)))),
      r(Gamma.is_infinity() ? Scalar() : Gamma.x()) {}

bool verify_partial(const Terms& terms, const PartialCommitment& signer, const Scalar& sigma) {
  return mul_vartime(sigma, terms.Gamma) ==
         mul_vartime(terms.m, signer.Delta) + mul_vartime(terms.r, signer.S);
}

// > Set r = x(Γ) mod q and σ_i = k̃_i·m + r·χ̃_i mod q.
Result<Step<AwaitingPartials>, Error> begin(Presignature presignature, Request request) {
  const Identifier self = presignature.self();
  PublicPresignature common = presignature.common();
  const auto secrets = std::move(presignature).consume();
  const auto commitment = common.signers.find(self);
  if (!secrets || commitment == common.signers.end()) return damaged();
  const Terms terms(common, request);
  // Zero with the chance of a preimage; then there is no signature.
  const Scalar inverse = terms.rho.is_zero() ? Scalar() : terms.rho.inverse();
  const SecretScalar sigma = (secrets->k * terms.m + secrets->chi * terms.r) * inverse;
  const PartialMessage own{common.id(), request.digest(), sigma.reveal()};
  if (!verify_partial(terms, commitment->second, own.sigma)) return damaged();
  return Step<AwaitingPartials>{AwaitingPartials(std::move(common), std::move(request), own),
                                {own, {}}};
}

// > Verify that σ_j·Γ = m·Δ̃_j + r·S̃_j for all j. Let σ = Σσ_j.
Outcome<Bytes> AwaitingPartials::receive(Inbox<Awaits> inbox) && {
  JCA_ASSERT(inbox.from_all.size() + 1 == presignature_.signers.size());
  const Terms terms(presignature_, request_);
  Blame blame{
      "signing", {}, {{"presignature", encoded(presignature_)}, {"request", encoded(request_)}}};
  Scalar s = own_.sigma;
  for (const auto& [party, message] : inbox.from_all) {
    if (message.presignature != own_.presignature || message.request != own_.request)
      blame.faults.push_back(local_fault(party, "cggmp24.sign.statement"));
    else if (!verify_partial(terms, presignature_.signers.at(party), message.sigma))
      blame.faults.push_back(proven_fault(party, "cggmp24.sign.partial", {shown_partial}));
    s = s + message.sigma;
  }
  if (!blame.faults.empty()) return Unexpected{std::move(blame)};
  auto signature = finish(presignature_, request_, terms.r, s);
  if (!signature) return blamed("signing gave zero; take another presignature");
  return *std::move(signature);
}

}  // namespace jointca::cggmp24::sign
