// threshold/cggmp24/purpose.cpp — keys derived from a joint key.
#include "threshold/cggmp24/purpose.h"

#include "crypto/joint_public_key.h"
#include "crypto/transcript.h"

namespace jointca::cggmp24 {

PurposeKey derive(const p256::Point& group_public_key, std::string_view purpose) {
  if (purpose.empty()) return {p256::Scalar(), group_public_key};
  Transcript transcript("jointca/purpose/v1");
  transcript.field(p256_scheme).field(group_public_key.bytes()).field(purpose);
  const auto tweak = p256::Scalar::reduce(std::move(transcript).digest64());
  return {tweak, group_public_key + base_mul_vartime(tweak)};
}

keygen::GroupKey derive(const keygen::GroupKey& key, std::string_view purpose) {
  const PurposeKey derived = derive(key.public_key, purpose);
  const p256::Point offset = base_mul_vartime(derived.tweak);
  keygen::GroupKey out{derived.public_key, {}, key.min_signers};
  for (const auto& [party, share] : key.verifying_shares)
    out.verifying_shares.emplace(party, share + offset);
  return out;
}

keygen::Output derive(const keygen::Output& key, std::string_view purpose) {
  const auto tweak = p256::SecretScalar::from(derive(key.group.public_key, purpose).tweak);
  return {key.share + tweak, derive(key.group, purpose), key.rid, key.transcript};
}

}  // namespace jointca::cggmp24
