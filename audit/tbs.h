// audit/tbs.h — from the bytes that were signed back to the certificate they are.
#pragma once

#include "ca/authority.h"
#include "log/entry.h"
#include "nebula-adapter/certificate.h"
#include "nebula-adapter/issue.h"

namespace jointca::audit {

/// Whether certificates of this kind can be checked: "nebula-v1", "nebula-v2".
[[nodiscard]] bool is_known_kind(std::string_view kind);

/// The certificate that these to-be-signed bytes are of, with 64 zero bytes for a signature. Fails
/// unless the certificate's own to-be-signed bytes are exactly these.
[[nodiscard]] Parsed<nebula::Certificate> certificate_of(std::string_view kind, BytesView tbs);

/// What the bytes say, in the form of a log entry. Times outside the years 1970 to 9999, which no
/// rule lets pass, become the nearest inside.
[[nodiscard]] log::EntrySubject subject_of(const nebula::Details& details);

/// What must hold of every certificate of an authority, whatever its parties decided.
class AuthorityRules {
 public:
  /// The CA certificates must be readable (daemon::checked_authority saw to it): others are left
  /// out, and nothing is allowed under them.
  explicit AuthorityRules(const ca::Authority& authority);

  /// nebula::check_issuable() under the CA certificate that the details name, and the authority's
  /// own networks and groups, and the CA's validity without Nebula's overflows: rules "issuer",
  /// "validity", "network", "group", and Nebula's.
  [[nodiscard]] Result<Ok, nebula::Rejection> check(const nebula::Certificate& certificate) const;

 private:
  const ca::Authority& authority_;
  std::vector<std::pair<Digest, nebula::Certificate>> issuers_;
};

}  // namespace jointca::audit
