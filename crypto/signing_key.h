// crypto/signing_key.h — ordinary, unshared Ed25519 keys (RFC 8032): identities of parties and
// hosts, log keys, invitations.
#pragma once

#include <compare>

#include "base/bytes.h"
#include "base/secret.h"

namespace jointca {

class Rng;

/// 64 bytes R || S.
using SignatureBytes = std::array<std::uint8_t, 64>;

/// An Ed25519 public key, 32 bytes as in RFC 8032 §5.1.5. May be any bytes: verify() then fails.
struct PublicKey {
  Digest bytes{};
  auto operator<=>(const PublicKey&) const = default;
};

/// Whether `signature` is a valid Ed25519 signature of `message`: cofactorless, S < L, as OpenSSL
/// and Go's crypto/ed25519 decide. Variable time; all inputs are public.
[[nodiscard]] bool verify(const PublicKey& key, BytesView message, const SignatureBytes& signature);

/// A secret Ed25519 key, kept as its 32-byte seed.
class SigningKey {
 public:
  explicit SigningKey(Secret<32> seed);
  [[nodiscard]] static SigningKey generate(Rng& rng);

  [[nodiscard]] const PublicKey& public_key() const { return public_key_; }
  /// Deterministic (RFC 8032 §5.1.6). `message` must begin with a label of its own use.
  [[nodiscard]] SignatureBytes sign(BytesView message) const;
  /// Another key that only the owner of this one can compute; `label` names its one use.
  [[nodiscard]] SigningKey derive(std::string_view label) const;

  [[nodiscard]] const Secret<32>& seed() const { return seed_; }

 private:
  Secret<32> seed_;
  PublicKey public_key_;
};

}  // namespace jointca
