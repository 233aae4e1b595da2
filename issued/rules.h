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
  const PublicKey& host;  ///< its identity
};

class AuthorityRules {
 public:
  /// The CA certificates must follow each other (daemon::checked_authority saw to it), or no
  /// certificate is allowed.
  explicit AuthorityRules(const ca::Authority& authority);

  /// The adapter's own rules for what is issued, a certificate's under the CA certificate that it
  /// names, whose turn it must have been, or under the authority's anchor; that a leaf of X.509
  /// says nothing but what follows from its host's name, addresses and identity and from the
  /// request; and the authority's networks and groups, and the CA's validity without Nebula's
  /// overflows: rules "issuer", "anchor", "leaf", "authority", "validity", "network", "group".
  [[nodiscard]] Result<Ok, nebula::Rejection> check(const Statement& statement,
                                                    const Asker& asker) const;

 private:
  using Check = Result<Ok, nebula::Rejection>;
  [[nodiscard]] Check check_content(const nebula::Certificate& certificate,
                                    const Asker& asker) const;
  [[nodiscard]] Check check_content(const wireguard::Binding& binding, const Asker& asker) const;
  [[nodiscard]] Check check_content(const nebula::Lighthouse& lighthouse, const Asker& asker) const;
  [[nodiscard]] Check check_content(const x509::Certificate& certificate, const Asker& asker) const;
  [[nodiscard]] Check check_authority(const Digest& named) const;

  const ca::Authority& authority_;
  std::optional<nebula::Succession> succession_;
  std::optional<x509::Details> anchor_;  ///< none without a succession
};

}  // namespace jointca::issued
