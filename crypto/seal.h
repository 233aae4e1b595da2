// crypto/seal.h — secrets at rest: Argon2id (RFC 9106) over a passphrase, then XChaCha20-Poly1305.
//
// Sealed file (docs/formats/sealed-file.md): 16-byte magic, u32 Argon2id passes, u32 memory in
// KiB, 16-byte salt, 24-byte nonce, then the ciphertext with its 16-byte tag. The tag covers the
// whole header and a label that names the use, so files cannot be swapped for one another.
#pragma once

#include <string_view>

#include "base/error.h"
#include "base/secret.h"

namespace jointca {

class Rng;

/// How much work one guess at the passphrase costs.
struct SealCost {
  std::uint32_t passes;
  std::uint32_t memory_kib;
};
inline constexpr SealCost seal_cost{3, 64 * 1024};
/// For parties made with --insecure-no-passphrase, where there is nothing to guess.
inline constexpr SealCost seal_cost_trial{1, 8};

/// Encrypts `secret` under `passphrase`. `label` names the use: "jointca/share/v1".
[[nodiscard]] Bytes seal(BytesView secret, const SecretBytes& passphrase, std::string_view label,
                         SealCost cost, Rng& rng);

/// The secret, or why not: malformed, or Code::verification for a wrong passphrase, label or byte.
/// Refuses costs above 16 passes or 1 GiB before it spends them.
[[nodiscard]] Result<SecretBytes, Error> open_sealed(BytesView sealed,
                                                     const SecretBytes& passphrase,
                                                     std::string_view label);

}  // namespace jointca
