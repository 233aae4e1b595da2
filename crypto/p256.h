// crypto/p256.h — P-256 keys and ECDSA verification (FIPS 186-5, SEC 1), by OpenSSL.
//
// For Nebula certificates on that curve: unshared host keys, and signatures of a CA. Accepts
// exactly the signatures that Go's crypto/ecdsa.VerifyASN1 accepts.
#pragma once

#include <optional>

#include "base/bytes.h"
#include "base/secret.h"

namespace jointca {

class Rng;

/// A point of P-256 other than infinity, as 65 bytes 0x04 || X || Y (SEC 1 §2.3.3).
class P256PublicKey {
 public:
  using Encoding = std::array<std::uint8_t, 65>;

  /// Refuses compressed and hybrid forms, infinity, coordinates ≥ p and points off the curve.
  static std::optional<P256PublicKey> parse(BytesView bytes);

  [[nodiscard]] const Encoding& bytes() const { return bytes_; }
  bool operator==(const P256PublicKey&) const = default;

 private:
  explicit P256PublicKey(const Encoding& bytes) : bytes_(bytes) {}
  Encoding bytes_;
};

/// Whether `signature`, strict DER SEQUENCE { r, s }, is an ECDSA/SHA-256 signature of `message`.
/// High s holds as well: callers that want one signature per message check is_low_s.
[[nodiscard]] bool verify_p256(const P256PublicKey& key, BytesView message, BytesView signature);

/// Whether the DER signature has s ≤ N/2. False also for what is not a signature's DER.
[[nodiscard]] bool is_low_s(BytesView signature);
/// The same signature with s ≤ N/2, or nothing if it is not a signature's DER with 0 < r, s < N.
[[nodiscard]] std::optional<Bytes> with_low_s(BytesView signature);
/// The same signature with s replaced by N − s.
[[nodiscard]] std::optional<Bytes> with_other_s(BytesView signature);
/// DER from r || s, 32 bytes each, big-endian; nothing unless 0 < r, s < N.
[[nodiscard]] std::optional<Bytes> p256_signature_der(BytesView r_and_s);

/// A host's key for ECDH, or a key for ECDSA: a scalar in [1, N−1], 32 bytes big-endian.
struct P256KeyPair {
  Secret<32> secret;
  P256PublicKey public_key;

  [[nodiscard]] static P256KeyPair generate(Rng& rng);
  /// Nothing if the scalar is 0 or ≥ N.
  static std::optional<P256KeyPair> from_secret(Secret<32> secret);
};

}  // namespace jointca
