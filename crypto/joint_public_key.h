// crypto/joint_public_key.h — the public key of an authority, of either scheme.
#pragma once

#include <string_view>
#include <variant>

#include "crypto/p256_group.h"
#include "crypto/signing_key.h"

namespace jointca {

/// The names of schemes, as in authority.json.
inline constexpr std::string_view ed25519_scheme = "ed25519";
inline constexpr std::string_view p256_scheme = "p256";

/// Of Ed25519, or a point of P-256 other than infinity.
using JointPublicKey = std::variant<PublicKey, p256::Point>;

[[nodiscard]] inline std::string_view scheme_of(const JointPublicKey& key) {
  return std::holds_alternative<PublicKey>(key) ? ed25519_scheme : p256_scheme;
}

/// 32 bytes of Ed25519, or 33 bytes: a compressed point of P-256.
[[nodiscard]] inline Bytes key_bytes(const JointPublicKey& key) {
  if (const auto* ed25519 = std::get_if<PublicKey>(&key)) return to_bytes(ed25519->bytes);
  return to_bytes(std::get<p256::Point>(key).bytes());
}

/// What key_bytes() gives, told apart by length. Does not check that 32 bytes are a point.
[[nodiscard]] inline Parsed<JointPublicKey> parse_joint_public_key(BytesView bytes) {
  if (const auto ed25519 = to_array<32>(bytes)) return JointPublicKey(PublicKey{*ed25519});
  JCA_ASSIGN(const auto point, p256::Point::parse(bytes));
  return JointPublicKey(point);
}

/// As certificates have it: 32 bytes of Ed25519, or 65 bytes 0x04 || X || Y.
[[nodiscard]] inline Bytes certificate_key_bytes(const JointPublicKey& key) {
  if (const auto* ed25519 = std::get_if<PublicKey>(&key)) return to_bytes(ed25519->bytes);
  return to_bytes(std::get<p256::Point>(key).uncompressed());
}

}  // namespace jointca
