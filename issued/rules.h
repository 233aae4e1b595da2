// issued/rules.h — what must hold of every statement of an authority, whatever its parties decided.
#pragma once

#include "issued/statement.h"
#include "nebula-adapter/succession.h"

namespace jointca::issued {

/// What the authority's anchor of X.509 says: the same to everyone who has authority.json.
[[nodiscard]] x509::Details anchor_of(const ca::Authority& authority,
                                      const nebula::Succession& succession, const Keys& keys);

/// For whom a statement was made, as a log has it beside the bytes.
struct Asker {
  const Digest& request;
  const PublicKey& host;  ///< its identity; of a grant and its anchor, the digest of the manifest
  const PublicKey& voucher;  ///< key of its invitation; of a session, the digest of the consents
};

class AuthorityRules {
 public:
  /// The CA certificates must follow each other (daemon::checked_authority saw to it), or no
  /// certificate is allowed.
  explicit AuthorityRules(const ca::Authority& authority);

  /// The adapter's own rules for what is issued, a certificate's under the CA certificate that it
  /// names, whose turn it must have been, or under the authority's anchor; that a leaf of X.509
  /// says nothing but what follows from its host's name, addresses and identity and from the
  /// request; that a grant is of the manifest and the consents that were asked about, and the
  /// certificates of its session say nothing but what follows from that manifest, the host and
  /// themselves; and the authority's networks and groups, and the CA's validity without Nebula's
  /// overflows: rules "issuer", "anchor", "leaf", "session", "authority", "validity", "network",
  /// "group".
  [[nodiscard]] Result<Ok, nebula::Rejection> check(const Statement& statement,
                                                    const Asker& asker) const;

 private:
  using Check = Result<Ok, nebula::Rejection>;
  [[nodiscard]] Check check_content(const nebula::Certificate& certificate,
                                    const Asker& asker) const;
  [[nodiscard]] Check check_content(const wireguard::Binding& binding, const Asker& asker) const;
  [[nodiscard]] Check check_content(const nebula::Lighthouse& lighthouse, const Asker& asker) const;
  [[nodiscard]] Check check_content(const x509::Certificate& certificate, const Asker& asker) const;
  [[nodiscard]] Check check_content(const mpyc::Grant& grant, const Asker& asker) const;
  [[nodiscard]] Check check_of_session(const x509::Details& details, const Asker& asker) const;
  [[nodiscard]] Check check_window(Time not_before, Time not_after) const;
  [[nodiscard]] Check check_authority(const Digest& named) const;

  const ca::Authority& authority_;
  std::optional<nebula::Succession> succession_;
  std::optional<x509::Details> anchor_;  ///< none without a succession
  PublicKey seats_key_;
};

}  // namespace jointca::issued
