// crypto/derived_rng.h — randomness of a later step from a seed that was drawn before.
#pragma once

#include "crypto/rng.h"

namespace jointca {

/// SHA-512 in counter mode under a secret seed. Same seed and purpose, same bytes: a stage that has
/// its seed from the beginning needs no generator later.
class DerivedRng final : public Rng {
 public:
  /// `purpose` tells the uses of one seed apart.
  DerivedRng(const Secret<32>& seed, std::string_view purpose);
  void fill(std::span<std::uint8_t> out) override;

 private:
  Secret<64> key_;
  std::uint64_t counter_ = 0;
};

}  // namespace jointca
