// daemon/revocation_view.h — which certificates are revoked: the votes joined with what the logs
// say of certificates. Two parties with the same logs see the same.
//
// What a log says is believed as far as it is proven. The bytes of a certificate are bound by their
// hash, its signature is verified under the CA, and whose it is stands in t logs, one of them of an
// honest party, before a share is released.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "ca/revocations.h"
#include "daemon/list_messages.h"
#include "daemon/member.h"
#include "daemon/registry.h"

namespace jointca::daemon {

class RevocationView {
 public:
  RevocationView(const Member& member, const Registry& registry, Store& store)
      : member_(member), registry_(registry), store_(store) {}

  /// The certificates that were about to be signed for a host, by the SHA-256 of their to-be-signed
  /// bytes.
  [[nodiscard]] Result<std::set<Digest>, Error> certificates_of(const PublicKey& host) const;
  /// The certificates with these to-be-signed bytes whose signatures are known: several if they
  /// were signed in several sessions.
  [[nodiscard]] Result<std::vector<ShownCertificate>, Error> known(const Digest& tbs_sha256);
  /// What those are in a list. Nothing if the signature is not the CA's.
  [[nodiscard]] std::optional<ca::RevokedCertificate> verified(const ShownCertificate& certificate);
  /// Every certificate that is revoked and has not ended at `at`, as a list has them. What stands
  /// in `before`, a list that the parties signed, stays.
  [[nodiscard]] Result<std::vector<ca::RevokedCertificate>, Error> revoked(
      const std::optional<ca::Revocations>& before, Time at);
  /// Keeps signatures that no log has shown us. What does not verify is passed over.
  [[nodiscard]] Result<Ok, Error> learn(const std::vector<ShownCertificate>& certificates);

 private:
  const Member& member_;
  const Registry& registry_;
  Store& store_;
  std::map<Digest, std::optional<ca::RevokedCertificate>> checked_;  // what was verified before
};

}  // namespace jointca::daemon
