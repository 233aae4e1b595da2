// threshold/shamir.h — sharing a secret by a polynomial over Z_q, and Lagrange coefficients.
#pragma once

#include <vector>

#include "crypto/ed25519.h"
#include "threshold/party.h"

namespace jointca {

/// An identifier as an element of Z_q.
[[nodiscard]] Scalar to_scalar(Identifier identifier);

/// f(x) = a₀ + a₁x + … + a_{t−1}x^{t−1}, all secret.
class SecretPolynomial : MoveOnly {
 public:
  /// Of `coefficient_count` uniform coefficients, at least 1.
  [[nodiscard]] static SecretPolynomial random(std::uint16_t coefficient_count, Rng& rng);
  /// a₀ first; not empty.
  explicit SecretPolynomial(std::vector<SecretScalar> coefficients);

  [[nodiscard]] SecretScalar at(Identifier x) const;
  [[nodiscard]] const std::vector<SecretScalar>& coefficients() const { return coefficients_; }

 private:
  std::vector<SecretScalar> coefficients_;
};

/// λ_i = Π_{j ≠ i} j / (j − i): f(0) = Σ λ_i·f(i) over `set`. RFC 9591 §4.2. `i` is in `set`.
[[nodiscard]] Scalar lagrange_coefficient(Identifier i, const PartySet& set);

}  // namespace jointca
