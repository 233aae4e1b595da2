// nebula-adapter/cert_v2.h — Nebula certificates of version 2: DER, IPv4 and IPv6.
//
//   30 Certificate { A0 Details { 80 name  A1 networks?  A2 unsafeNetworks?  A3 groups?  84 isCA?
//                                 85 notBefore  86 notAfter  87 issuer? }
//                    81 curve?  82 publicKey  83 signature }
//
// Upstream's cert_v2.asn1 calls details an OCTET STRING; its code, and so this one, uses A0.
#pragma once

#include "nebula-adapter/certificate.h"

namespace jointca::nebula::v2 {

inline constexpr std::size_t certificate_bytes_max = 65536;
inline constexpr std::size_t name_bytes_max = 253;

/// Keeps the details element as received: it is what was signed. Tolerates elements after the known
/// ones, in the details (signed) and after the signature (not signed), and bytes after the
/// certificate. Sorts networks. Fails on repeated or invalid ones, the zero address, IPv4 in IPv6,
/// an unsafe network of an IP version that the host has no address of, a name that is empty or
/// above 253 bytes.
[[nodiscard]] Parsed<Certificate> parse(BytesView bytes);

/// The details element A0, tag and length included, networks in the order given.
[[nodiscard]] Bytes encode_details(const Details& details);

/// The certificate around a details element.
[[nodiscard]] Bytes encode(BytesView raw_details, Curve curve, BytesView public_key,
                           BytesView signature);

/// The certificate with these signed bytes and this signature.
[[nodiscard]] Parsed<Certificate> from_signed(BytesView signed_bytes, BytesView signature);

/// The signed bytes: details element, curve as one byte, key.
[[nodiscard]] Bytes to_be_signed(BytesView raw_details, Curve curve, BytesView public_key);

}  // namespace jointca::nebula::v2
