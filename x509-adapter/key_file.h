// x509-adapter/key_file.h — the private key of a TLS host as programs read it: PKCS #8 in PEM.
#pragma once

#include "base/error.h"
#include "base/secret.h"
#include "crypto/signing_key.h"

namespace jointca::x509 {

/// "PRIVATE KEY", RFC 8410 §7, version 1 without attributes: as `openssl genpkey` writes it.
[[nodiscard]] SecretBytes encode_private_key(const SigningKey& key);

/// Exactly that.
[[nodiscard]] Parsed<SigningKey> parse_private_key(BytesView text);

}  // namespace jointca::x509
