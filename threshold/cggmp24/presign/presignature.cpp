// threshold/cggmp24/presign/presignature.cpp — a presignature and its name.
#include "threshold/cggmp24/presign/presignature.h"

namespace jointca::cggmp24 {

Digest PublicPresignature::id() const {
  Transcript transcript("jointca/cggmp24/presignature/v1");
  return std::move(transcript.field(encoded(*this))).digest();
}

std::optional<Presignature::Secrets> Presignature::consume() && {
  const Secret<32> k = std::move(k_), chi = std::move(chi_);
  auto k_scalar = p256::SecretScalar::parse(k.expose());
  auto chi_scalar = p256::SecretScalar::parse(chi.expose());
  if (!k_scalar || !chi_scalar) return std::nullopt;
  return Secrets{*std::move(k_scalar), *std::move(chi_scalar)};
}

}  // namespace jointca::cggmp24
