// audit/outcomes.h — many signatures of one key, verified at once.
#pragma once

#include <vector>

#include "crypto/ed25519.h"

namespace jointca::audit {

/// A signature and what it is over.
struct Claim {
  SignatureBytes signature{};
  Scalar challenge;  ///< SHA-512(R ‖ key ‖ message) mod q
};

[[nodiscard]] Scalar challenge(const PublicKey& key, const SignatureBytes& signature,
                               BytesView message);

/// Whether each claim holds. First all together: Σ zᵢ·(sᵢ·B − Rᵢ − kᵢ·A) = 0, with zᵢ of 128 bits
/// that depend on every claim (Bernstein, Duif, Lange, Schwabe, Yang: "High-speed high-security
/// signatures", §5). Where the sum is not zero, by halves.
///
/// Differs from verify() in one case: an R with a component of small order may pass. Only who has
/// the group key can make such a signature.
[[nodiscard]] std::vector<bool> verify_claims(const PublicKey& key, std::span<const Claim> claims);

}  // namespace jointca::audit
