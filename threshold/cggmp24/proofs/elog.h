// threshold/cggmp24/proofs/elog.h — Πelog, Fig. 23: an ElGamal commitment opens to a discrete
// logarithm.
//
// L = λ·G, M = y·G + λ·X, Y = y·H. Convinces everyone.
#pragma once

#include "threshold/cggmp24/fields.h"

namespace jointca::cggmp24::elog {

struct Statement {
  p256::Point L, M;
  p256::Point X;  ///< ElGamal key
  p256::Point Y;
  p256::Point H;

  template <class Self, class Visit>
  static void fields(Self& self, const Parameters&, Visit& visit) {
    for (auto* point : {&self.L, &self.M, &self.X, &self.Y, &self.H}) visit(*point);
  }
};

struct Witness {
  const p256::SecretScalar& y;
  const p256::SecretScalar& lambda;
};

struct Proof {
  p256::Point A, N, B;
  p256::Scalar z, u;

  template <class Self, class Visit>
  static void commitment(Self& self, const Parameters&, Visit& visit) {
    for (auto* point : {&self.A, &self.N, &self.B}) visit(*point);
  }
  template <class Self, class Visit>
  static void response(Self& self, const Parameters&, Visit& visit) {
    visit(self.z);
    visit(self.u);
  }
};

[[nodiscard]] p256::Scalar challenge(const Context& context, const Statement& statement,
                                     const Proof& proof);
[[nodiscard]] Proof prove(const Context& context, const Statement& statement,
                          const Witness& witness, Rng& rng);
/// Checks: cggmp24.elog.{infinity, L, M, Y}.
Checked verify(const Context& context, const Statement& statement, const Proof& proof);

}  // namespace jointca::cggmp24::elog
