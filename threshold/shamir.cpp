#include "threshold/shamir.h"

namespace jointca {

Scalar to_scalar(Identifier identifier) { return Scalar(identifier.value()); }

SecretPolynomial::SecretPolynomial(std::vector<SecretScalar> coefficients)
    : coefficients_(std::move(coefficients)) {
  JCA_ASSERT(!coefficients_.empty());
}

SecretPolynomial SecretPolynomial::random(std::uint16_t coefficient_count, Rng& rng) {
  std::vector<SecretScalar> coefficients;
  coefficients.reserve(coefficient_count);
  for (std::uint16_t k = 0; k < coefficient_count; ++k)
    coefficients.push_back(SecretScalar::random(rng));
  return SecretPolynomial(std::move(coefficients));
}

SecretScalar SecretPolynomial::at(Identifier x) const {
  const Scalar point = to_scalar(x);
  SecretScalar value = coefficients_.back().duplicate();
  for (std::size_t k = coefficients_.size() - 1; k-- > 0;) value = value * point + coefficients_[k];
  return value;
}

Scalar lagrange_coefficient(Identifier i, const PartySet& set) {
  JCA_ASSERT(set.contains(i));
  Scalar numerator(1), denominator(1);
  for (const Identifier j : set) {
    if (j == i) continue;
    numerator = numerator * to_scalar(j);
    denominator = denominator * (to_scalar(j) - to_scalar(i));
  }
  return numerator * denominator.inverse();
}

}  // namespace jointca
