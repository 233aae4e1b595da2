// nebula-adapter/host_set.h — the files that make a host a member: CA bundle, certificates, key;
// whether they belong together, and what replacing them means for a running Nebula.
//
// `nebula -test` accepts certificates of another CA than that of the bundle; so this is checked
// here. docs/formats/nebula.md.
#pragma once

#include <string>
#include <vector>

#include "base/secret.h"
#include "nebula-adapter/config.h"
#include "nebula-adapter/verify.h"

namespace jointca::nebula {

/// The texts of the files.
struct HostSet {
  std::string ca;           ///< one CA certificate, or several while they are rotated
  std::string certificate;  ///< one of version 1, one of version 2, or both
  SecretBytes key;
};

/// What the certificates say.
struct HostIdentity {
  std::vector<Certificate> certificates;  ///< ascending versions

  [[nodiscard]] const Details& details() const { return certificates.front().details; }
  /// The networks of all of them, ascending, each once.
  [[nodiscard]] std::vector<ca::Prefix> networks() const;
  /// When the first of them ends.
  [[nodiscard]] Time not_after() const;
};

/// Whether the files belong together and hold at `now`. The rules, in order: "ca bundle" (cannot be
/// read, or holds none), "certificate" (cannot be read), "certificate versions" (two of one
/// version), "pair" (the two differ in name, groups, curve, key or first network), "is_ca", "key"
/// (cannot be read), "key pair" (the key is of another certificate), and those of verify(), under
/// a bundle of which `blocklist` is refused.
[[nodiscard]] Result<HostIdentity, Rejection> check_host_set(const HostSet& set,
                                                             const std::vector<Digest>& blocklist,
                                                             Time now);

/// Why Nebula has to be started again to take the new certificates in place of the old; empty if a
/// reload suffices. A changed network or curve of a version is refused by a reload, and so is the
/// loss of version 2 unless version 1 has the same networks.
[[nodiscard]] std::vector<std::string> restart_reasons(const HostIdentity& installed,
                                                       const HostIdentity& desired);
/// The same for the options that Nebula only reads when it starts.
[[nodiscard]] std::vector<std::string> restart_reasons(const StartOptions& installed,
                                                       const StartOptions& desired);

struct ReachableLighthouses {
  std::vector<KnownLighthouse> known;
  std::vector<std::string> only_ipv6;  ///< names of those that only Nebula 1.10 could ask
};

/// Keeps of each lighthouse the addresses in `networks`, or IPv4 alone for Nebula before 1.10,
/// which ends on others. Drops this host itself, and those with a name of which nothing is left;
/// fails if that is one without a name, which the owner gave.
[[nodiscard]] Result<ReachableLighthouses, Error> reachable_lighthouses(
    std::vector<KnownLighthouse> lighthouses, const std::vector<ca::Prefix>& networks, bool ipv6);

}  // namespace jointca::nebula
