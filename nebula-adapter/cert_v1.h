// nebula-adapter/cert_v1.h — Nebula certificates of version 1: protobuf, IPv4.
//
//   RawNebulaCertificate        { 1 Details, 2 Signature }
//   RawNebulaCertificateDetails { 1 Name, 2 Ips, 3 Subnets, 4 Groups, 5 NotBefore, 6 NotAfter,
//                                 7 PublicKey, 8 IsCA, 9 Issuer, 100 curve }
//
// A verifier decodes and encodes again, and everything is computed over that encoding: what was on
// the wire does not matter, and cannot be signed over.
#pragma once

#include "nebula-adapter/certificate.h"

namespace jointca::nebula::v1 {

/// Tolerates unknown fields, fields out of order and repeated (the last value holds, lists and the
/// two halves of Details are joined), numbers packed or not. Fails on text that is not UTF-8, an
/// odd count of Ips, no details, no key, the address 0.0.0.0, a host without a network.
[[nodiscard]] Parsed<Certificate> parse(BytesView bytes);

/// The canonical Details message: the signed bytes. Networks must be IPv4.
[[nodiscard]] Bytes encode_details(const Details& details);

/// The certificate with these details and this signature.
[[nodiscard]] Parsed<Certificate> from_signed(BytesView details, BytesView signature);

/// The canonical message of these details, encoded, and this signature: what is fingerprinted, and
/// put into PEM.
[[nodiscard]] Bytes encode(BytesView details, BytesView signature);

}  // namespace jointca::nebula::v1
