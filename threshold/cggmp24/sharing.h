// threshold/cggmp24/sharing.h — Shamir's and Feldman's sharing over P-256: the same as
// threshold/shamir.h and feldman.h for the other group.
#pragma once

#include <vector>

#include "crypto/p256_group.h"
#include "threshold/party.h"

namespace jointca::cggmp24 {

/// f(x) = a₀ + a₁x + … + a_{t−1}x^{t−1}, all secret.
class Polynomial : MoveOnly {
 public:
  /// Of `coefficient_count` uniform coefficients, at least 1.
  [[nodiscard]] static Polynomial random(std::uint16_t coefficient_count, Rng& rng);

  [[nodiscard]] p256::SecretScalar at(Identifier x) const;
  /// a_k·G, lowest degree first.
  [[nodiscard]] std::vector<p256::Point> commit(Rng& rng) const;

 private:
  explicit Polynomial(std::vector<p256::SecretScalar> coefficients)
      : coefficients_(std::move(coefficients)) {}
  std::vector<p256::SecretScalar> coefficients_;
};

/// Σ x^k·S_k = f(x)·G.
[[nodiscard]] p256::Point evaluate(const std::vector<p256::Point>& commitment, Identifier x);
/// λ_i = Π_{j ≠ i} j / (j − i): f(0) = Σ λ_i·f(i) over `set`. `i` is in `set`.
[[nodiscard]] p256::Scalar lagrange_coefficient(Identifier i, const PartySet& set);

}  // namespace jointca::cggmp24
