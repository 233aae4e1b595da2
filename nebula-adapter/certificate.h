// nebula-adapter/certificate.h — a Nebula certificate of either version, and what is derived from
// it.
//
// Facts: github.com/slackhq/nebula v1.11.0, cert/. Layouts: docs/formats/nebula.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "ca/network.h"

namespace jointca::nebula {

/// v1 is protobuf and IPv4 only; v2 is DER, both IP versions, understood from 1.10 on.
enum class Version : std::uint8_t { v1 = 1, v2 = 2 };

/// Fixes the CA's signature scheme and the kind of host key. Any other value may be *read*, as
/// Nebula reads it, and then never verifies; none is ever issued.
enum class Curve : std::int32_t {
  curve25519 = 0,  ///< Ed25519 CA, X25519 hosts; keys of 32 bytes
  p256 = 1,        ///< ECDSA CA, ECDH hosts; keys of 65 bytes, 0x04 || X || Y
};

/// "CURVE25519", "P256", or the number.
[[nodiscard]] std::string curve_name(Curve curve);

/// What a certificate says, without its signature. The same fields in both versions.
struct Details {
  std::string name;
  std::vector<ca::Prefix> networks;         ///< a host's own addresses; a CA's constraint
  std::vector<ca::Prefix> unsafe_networks;  ///< networks behind the host
  std::vector<std::string> groups;
  bool is_ca = false;
  Bytes issuer;                 ///< fingerprint of the CA certificate, 32 bytes; empty in a CA
  std::int64_t not_before = 0;  ///< unix seconds, included; any value can be read
  std::int64_t not_after = 0;   ///< unix seconds, included
  Curve curve = Curve::curve25519;
  Bytes public_key;

  bool operator==(const Details&) const = default;
};

struct Certificate {
  Version version = Version::v1;
  Details details;    ///< in v2 with networks sorted, as Nebula holds them
  Bytes signature;    ///< 64 bytes R || S, or DER for P-256; any bytes when just read
  Bytes raw_details;  ///< v2: the details element as received, tag and length included; v1: empty

  bool operator==(const Certificate&) const = default;
};

/// Why a certificate is not accepted, or not issued.
struct Rejection {
  std::string rule;    ///< a stable name: "expired", "signature", "low order key"
  std::string reason;  ///< a sentence for people, without the rule's name
};

/// Reads one certificate in its binary form, as Nebula 1.11.0 does: tolerant of unknown fields, and
/// checking the structure (not the signature, nor the time).
[[nodiscard]] Parsed<Certificate> parse_certificate(Version version, BytesView bytes);

/// The canonical binary form: what a PEM block holds.
[[nodiscard]] Bytes encode_certificate(const Certificate& certificate);

/// The bytes that the CA's signature covers. v1: the canonical details message. v2: the details
/// element as received, the curve as one byte, the public key.
[[nodiscard]] Bytes to_be_signed(const Certificate& certificate);

/// The certificate that these signed bytes and this signature make, as a log has them. Fails unless
/// to_be_signed() of it is exactly `signed_bytes`.
[[nodiscard]] Parsed<Certificate> from_signed(Version version, BytesView signed_bytes,
                                              BytesView signature);

/// SHA-256 over the canonical message (v1), or over signed bytes and signature (v2). Names the
/// certificate in `issuer`, in blocklists and in the log.
[[nodiscard]] Digest fingerprint(const Certificate& certificate);
/// The same, of the certificate with these signed bytes.
[[nodiscard]] Digest fingerprint(Version version, BytesView signed_bytes, BytesView signature);

/// Of a P-256 certificate: the fingerprint with s replaced by N − s, which verifies as well.
/// Nothing for other curves and for signatures that are not DER.
[[nodiscard]] std::optional<Digest> alternate_fingerprint(const Certificate& certificate);

/// The PEM block of the certificate, with the banner of its version.
[[nodiscard]] std::string to_pem(const Certificate& certificate);

/// Whether `time` (unix seconds) is outside the validity, both ends included in it.
[[nodiscard]] bool expired(const Details& details, std::int64_t time);

/// −1, 0 or 1, as Go's time.Time compares unix seconds: the far ends wrap.
[[nodiscard]] int compare_times(std::int64_t a, std::int64_t b);

}  // namespace jointca::nebula
