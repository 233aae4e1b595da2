// crypto/verify_batch.h — many Ed25519 signatures of one key at once, several times faster than one
// after another (Bernstein, Duif, Lange, Schwabe, Yang: "High-speed high-security signatures", §5).
#pragma once

#include <span>
#include <vector>

#include "crypto/ed25519.h"

namespace jointca {

/// A signature and what it is over, in 96 bytes, however long that is.
struct Claim {
  SignatureBytes signature{};
  Scalar challenge;  ///< SHA-512(R ‖ key ‖ message) mod q
};

/// The claim that `signature` is one of `key` over `message`.
[[nodiscard]] Claim make_claim(const PublicKey& key, BytesView message,
                               const SignatureBytes& signature);

/// Whether each claim holds. First all together: Σ zᵢ·(sᵢ·B − Rᵢ − kᵢ·A) = 0, with zᵢ of 128 bits
/// that depend on every claim. Where the sum is not zero, by halves. Variable time; all inputs are
/// public.
///
/// Differs from verify() in one case: an R with a component of small order may pass. Only who has
/// the private key can make such a signature.
[[nodiscard]] std::vector<bool> verify_batch(const PublicKey& key, std::span<const Claim> claims);

}  // namespace jointca
