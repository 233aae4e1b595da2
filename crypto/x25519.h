// crypto/x25519.h — Diffie-Hellman keys of hosts on Curve25519 (RFC 7748), as Nebula and WireGuard
// keep them. Nothing here agrees on a secret: the CA only checks and certifies public keys.
#pragma once

#include "base/bytes.h"
#include "base/secret.h"

namespace jointca {

class Rng;

/// Whether a public key is a point of small order on the curve or its twist, in any encoding (the
/// top bit is ignored, RFC 7748 §5): a key with which every shared secret is known to all.
[[nodiscard]] bool is_low_order(const Digest& u);

/// A secret X25519 key, kept as its 32 bytes before clamping.
class X25519Key {
 public:
  explicit X25519Key(Secret<32> secret);
  [[nodiscard]] static X25519Key generate(Rng& rng);

  /// The u coordinate, 32 bytes little-endian.
  [[nodiscard]] const Digest& public_key() const { return public_key_; }
  /// The bytes that a Nebula or WireGuard key file holds.
  [[nodiscard]] const Secret<32>& secret() const { return secret_; }

 private:
  Secret<32> secret_;
  Digest public_key_;
};

}  // namespace jointca
