// nebula-adapter/key_file.h — host and CA keys in PEM, with Nebula's banners.
//
// The banners keep key agreement (hosts) and signatures (CAs) apart, and so do these functions.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"
#include "base/secret.h"
#include "nebula-adapter/certificate.h"

namespace jointca::nebula {

/// Whose key it is: a host's (X25519, ECDH) or a CA's (Ed25519, ECDSA).
enum class KeyUse : std::uint8_t { host, ca };

/// 32 bytes for curve25519, 65 for P-256. Does not check that they are a point.
struct PublicKeyFile {
  Curve curve = Curve::curve25519;
  Bytes bytes;
};

/// A scalar of 32 bytes; for an Ed25519 CA 64 bytes, seed || public key.
struct PrivateKeyFile {
  Curve curve = Curve::curve25519;
  SecretBytes bytes;
};

/// The lengths are the caller's to get right: a wrong one aborts.
[[nodiscard]] std::string encode_public_key(KeyUse use, Curve curve, BytesView key);
[[nodiscard]] SecretBytes encode_private_key(KeyUse use, Curve curve, BytesView key);

/// The first block of the text. Fails on another banner or length; an encrypted CA key is named.
[[nodiscard]] Parsed<PublicKeyFile> parse_public_key(KeyUse use, std::string_view text);
[[nodiscard]] Parsed<PrivateKeyFile> parse_private_key(KeyUse use, std::string_view text);

}  // namespace jointca::nebula
