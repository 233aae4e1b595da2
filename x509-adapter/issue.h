// x509-adapter/issue.h — from an authority to its anchor and from an approved host to its leaf:
// what every signer derives itself; and the rules for what must never be issued.
#pragma once

#include "ca/constraints.h"
#include "x509-adapter/certificate.h"

namespace jointca::x509 {

/// The purpose under whose key an authority's anchor and leaves are signed.
inline constexpr std::string_view certificates_purpose = "x509";
/// Of all DNS names and URIs together: a handshake stays small.
inline constexpr std::size_t name_bytes_max = 1024;

/// The number of a certificate: a hash of what it answers (a request, an authority, a manifest) and
/// of its place there. Nobody chooses it, and everyone computes the same.
[[nodiscard]] Serial serial_for(const Digest& answered, std::uint64_t place);

/// An anchor of this name for `key`, which signs it as well as what is under it. The networks are
/// sorted.
[[nodiscard]] Details anchor_details(std::string name, const PublicKey& key, const Serial& serial,
                                     std::vector<ca::Prefix> networks, Time not_before,
                                     Time not_after);

/// The one anchor of an authority: everything follows from authority.json. `key` is that of the
/// purpose; the constraints are those of its whole succession of Nebula CA certificates.
[[nodiscard]] Details authority_anchor(const Digest& authority, const ca::Constraints& constraints,
                                       const PublicKey& key);

/// A leaf under `anchor`, without alternative names.
[[nodiscard]] Details leaf_details(const Details& anchor, std::string name, CertifiedKey key,
                                   const Serial& serial, Time not_before, Time not_after);

/// The leaf of an enrolled host. DNS name: the host's name in lower case. Addresses: its own in the
/// overlay. URI: its identity as did:key.
[[nodiscard]] Details host_leaf(const Details& anchor, const ca::Subject& subject,
                                const Digest& request, const PublicKey& host_identity,
                                CertifiedKey key);

/// Whether a signer may sign this under `anchor`. The rules, in order: "anchor", "issuer",
/// "serial", "name", "no name", "dns name", "address", "uri", "common name", "key", "validity",
/// "anchor validity", "network", "size", "encoding".
[[nodiscard]] Result<Ok, Rejection> check_issuable(const Details& leaf, const Details& anchor);

/// The same for an anchor: "not an anchor", "issuer", "serial", "name", "key", "network",
/// "validity", "encoding".
[[nodiscard]] Result<Ok, Rejection> check_issuable_anchor(const Details& anchor);

}  // namespace jointca::x509
