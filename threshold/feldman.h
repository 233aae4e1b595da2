// threshold/feldman.h — commitments to a polynomial, and checking shares against them (Feldman
// 1987; RFC 9591 appendix C.2).
#pragma once

#include "threshold/frost/types.h"
#include "threshold/shamir.h"

namespace jointca::frost {

[[nodiscard]] VssCommitment commit_to(const SecretPolynomial& polynomial);
/// Σ i^k·φ_k = f(i)·B.
[[nodiscard]] Point evaluate(const VssCommitment& commitment, Identifier i);
/// Whether `share` is f(i).
[[nodiscard]] bool verify_share(const SecretScalar& share, Identifier i,
                                const VssCommitment& commitment);
/// The commitment to Σ f_j. All have the same length; there is at least one.
[[nodiscard]] VssCommitment sum(const std::vector<const VssCommitment*>& commitments);

}  // namespace jointca::frost
