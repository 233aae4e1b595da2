// threshold/cggmp24/purpose.h — keys derived from a joint key, one per kind of statement: as
// threshold/frost/purpose.h for the other group.
//
// X' = X + τ·G, x_i' = x_i + τ, τ = H("jointca/purpose/v1", "p256", X, purpose): the Lagrange
// coefficients of any signers sum to 1, so the shares are of x + τ.
#pragma once

#include <string_view>

#include "threshold/cggmp24/keygen.h"

namespace jointca::cggmp24 {

/// The public side of a derived key. The empty purpose is the group key itself, with τ = 0.
struct PurposeKey {
  p256::Scalar tweak;      ///< τ
  p256::Point public_key;  ///< X + τ·G
};

[[nodiscard]] PurposeKey derive(const p256::Point& group_public_key, std::string_view purpose);
[[nodiscard]] keygen::GroupKey derive(const keygen::GroupKey& key, std::string_view purpose);
/// Rid and transcript stay those of the generation: presigning hashes them with every X_i.
[[nodiscard]] keygen::Output derive(const keygen::Output& key, std::string_view purpose);

}  // namespace jointca::cggmp24
