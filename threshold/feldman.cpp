#include "threshold/feldman.h"

namespace jointca::frost {

VssCommitment commit_to(const SecretPolynomial& polynomial) {
  VssCommitment commitment;
  for (const SecretScalar& a_k : polynomial.coefficients())
    commitment.coefficients.push_back(base_mul(a_k));
  return commitment;
}

Point evaluate(const VssCommitment& commitment, Identifier i) {
  return horner_vartime(commitment.coefficients, i.value());
}

bool verify_share(const SecretScalar& share, Identifier i, const VssCommitment& commitment) {
  return base_mul(share) == evaluate(commitment, i);
}

VssCommitment sum(const std::vector<const VssCommitment*>& commitments) {
  JCA_ASSERT(!commitments.empty());
  const std::vector<Scalar> ones(commitments.size(), Scalar(1));
  VssCommitment out;
  for (std::size_t k = 0; k < commitments.front()->coefficients.size(); ++k) {
    std::vector<Point> column;
    column.reserve(commitments.size());
    for (const VssCommitment* commitment : commitments)
      column.push_back(commitment->coefficients.at(k));
    out.coefficients.push_back(multiexp_vartime(ones, column));
  }
  return out;
}

}  // namespace jointca::frost
