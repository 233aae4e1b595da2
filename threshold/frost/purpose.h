// threshold/frost/purpose.h — keys derived from a joint key, one per kind of statement.
//
// Y' = Y + τ·B, s_i' = s_i + τ, τ = H("jointca/purpose/v1", scheme, Y, purpose): no signature of
// one purpose verifies as another, and anyone derives the verification keys from the group key.
#pragma once

#include <string_view>

#include "threshold/frost/types.h"

namespace jointca::frost {

inline constexpr std::size_t purpose_bytes_max = 64;

/// The public side of a derived key. The empty purpose is the group key itself, with τ = 0.
struct PurposeKey {
  Scalar tweak;      ///< τ
  Point public_key;  ///< Y + τ·B
};

[[nodiscard]] PurposeKey derive(const Point& group_public_key, std::string_view purpose);
[[nodiscard]] GroupKey derive(const GroupKey& key, std::string_view purpose);
[[nodiscard]] KeyPackage derive(const KeyPackage& key, std::string_view purpose);

}  // namespace jointca::frost
