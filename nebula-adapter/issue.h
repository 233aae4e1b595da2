// nebula-adapter/issue.h — from details to the bytes that the parties sign, and from a signature to
// a certificate; and the rules for what must never be issued.
//
// Nebula checks little of a leaf beyond its signature, so the signers check it:
// docs/formats/nebula.md.
#pragma once

#include "base/result.h"
#include "nebula-adapter/certificate.h"

namespace jointca::nebula {

inline constexpr std::size_t name_bytes_max = 253;
inline constexpr std::size_t issued_bytes_max = 1024;  ///< binary form: a handshake stays small
inline constexpr std::size_t group_count_max = 64;

/// Sorts both lists of networks by address and then length, IPv4 first: the order that is issued.
void sort_networks(Details& details);

/// Details of a CA certificate for the group key: 32 bytes Ed25519, or 65 bytes P-256.
[[nodiscard]] Details ca_details(std::string name, std::vector<ca::Prefix> networks,
                                 std::vector<std::string> groups, std::int64_t not_before,
                                 std::int64_t not_after, Curve curve, BytesView group_public_key);

/// Details of a host certificate under `ca`: its curve, and its fingerprint as the issuer.
[[nodiscard]] Details leaf_details(const Certificate& ca, std::string name,
                                   std::vector<ca::Prefix> networks,
                                   std::vector<std::string> groups, std::int64_t not_before,
                                   std::int64_t not_after, BytesView host_public_key);

/// The canonical bytes to sign. Rule "encoding": refuses what Nebula would not read back as the
/// same details. That is a name or group that is empty, too long or not UTF-8, IPv6 in v1, unsorted
/// or repeated networks, a key of the wrong length, an issuer that is neither empty nor 32 bytes, a
/// host without a network. Rule "curve": an unknown one. Does not check anything else: see
/// check_issuable.
[[nodiscard]] Result<Bytes, Rejection> to_be_signed(Version version, const Details& details);

/// The certificate with its signature: 64 bytes for curve25519, DER with low s for P-256. Refuses
/// what to_be_signed refuses, and, rule "signature form", a signature of another form. Does not
/// verify it: see check_signature.
[[nodiscard]] Result<Certificate, Rejection> assemble(Version version, const Details& details,
                                                      BytesView signature);

/// Whether a signer may sign this host certificate under `ca`. The rules, in order:
/// "is_ca", "issuer", "name", "group", "curve", "public key", "low order key", "no network", "zero
/// address", "4in6 address", "prefix", "network address", "broadcast address", "overlay", "unsafe
/// network", "validity", "ca validity", "ca group", "ca network", "ca unsafe network", "encoding",
/// "size".
[[nodiscard]] Result<Ok, Rejection> check_issuable(Version version, const Details& leaf,
                                                   const Certificate& ca);
/// The same, for who has the CA certificate's fingerprint() at hand.
[[nodiscard]] Result<Ok, Rejection> check_issuable(Version version, const Details& leaf,
                                                   const Certificate& ca,
                                                   const Digest& ca_fingerprint);

/// Whether the parties may sign this as their CA certificate. The rules: "is_ca", "issuer", "name",
/// "group", "curve", "public key", "zero address", "4in6 address", "validity", "encoding", "size".
[[nodiscard]] Result<Ok, Rejection> check_issuable_ca(Version version, const Details& ca);

}  // namespace jointca::nebula
