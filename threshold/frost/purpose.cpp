#include "threshold/frost/purpose.h"

#include "crypto/transcript.h"

namespace jointca::frost {

PurposeKey derive(const Point& group_public_key, std::string_view purpose) {
  if (purpose.empty()) return {Scalar(), group_public_key};
  const Scalar tweak = Scalar::reduce(std::move(Transcript("jointca/purpose/v1")
                                                    .field("ed25519")
                                                    .field(group_public_key.bytes())
                                                    .field(purpose))
                                          .digest64());
  return {tweak, group_public_key + base_mul_vartime(tweak)};
}

GroupKey derive(const GroupKey& key, std::string_view purpose) {
  const PurposeKey derived = derive(key.public_key, purpose);
  const Point offset = base_mul_vartime(derived.tweak);
  GroupKey out{derived.public_key, {}, key.min_signers};
  for (const auto& [party, share] : key.verifying_shares)
    out.verifying_shares.emplace(party, share + offset);
  return out;
}

KeyPackage derive(const KeyPackage& key, std::string_view purpose) {
  return {key.identifier, key.share + derive(key.group.public_key, purpose).tweak,
          derive(key.group, purpose)};
}

}  // namespace jointca::frost
