// threshold/cggmp24/sharing.cpp — polynomials over the scalars of P-256.
#include "threshold/cggmp24/sharing.h"

namespace jointca::cggmp24 {

using p256::Point, p256::Scalar, p256::SecretScalar;

Polynomial Polynomial::random(std::uint16_t coefficient_count, Rng& rng) {
  JCA_ASSERT(coefficient_count > 0);
  std::vector<SecretScalar> coefficients;
  for (std::uint16_t k = 0; k < coefficient_count; ++k)
    coefficients.push_back(SecretScalar::random(rng));
  return Polynomial(std::move(coefficients));
}

SecretScalar Polynomial::at(Identifier x) const {
  SecretScalar sum = coefficients_.back().duplicate();
  for (std::size_t k = coefficients_.size() - 1; k > 0; --k)
    sum = sum * Scalar(x.value()) + coefficients_[k - 1];
  return sum;
}

std::vector<Point> Polynomial::commit(Rng& rng) const {
  std::vector<Point> out;
  for (const SecretScalar& coefficient : coefficients_) out.push_back(base_mul(coefficient, rng));
  return out;
}

Point evaluate(const std::vector<Point>& commitment, Identifier x) {
  JCA_ASSERT(!commitment.empty());
  Point sum = commitment.back();
  for (std::size_t k = commitment.size() - 1; k > 0; --k)
    sum = mul_vartime(Scalar(x.value()), sum) + commitment[k - 1];
  return sum;
}

Scalar lagrange_coefficient(Identifier i, const PartySet& set) {
  JCA_ASSERT(set.contains(i));
  Scalar numerator(1), denominator(1);
  for (const Identifier j : set) {
    if (j == i) continue;
    numerator = numerator * Scalar(j.value());
    denominator = denominator * (Scalar(j.value()) - Scalar(i.value()));
  }
  return numerator * denominator.inverse();
}

}  // namespace jointca::cggmp24
