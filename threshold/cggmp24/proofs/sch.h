// threshold/cggmp24/proofs/sch.h — Πsch, Fig. 3: knowledge of a discrete logarithm (Schnorr).
//
// X = x·G. Key generation commits to A before anyone's X is known, so the nonce is made apart from
// the proof. Convinces everyone.
#pragma once

#include "threshold/cggmp24/fields.h"

namespace jointca::cggmp24::sch {

struct Statement {
  p256::Point X;

  template <class Self, class Visit>
  static void fields(Self& self, const Parameters&, Visit& visit) {
    visit(self.X);
  }
};

/// τ with A = τ·G. One use: prove() consumes it.
struct Nonce : MoveOnly {
  explicit Nonce(Rng& rng);
  p256::SecretScalar tau;
  p256::Point A;
};

struct Proof {
  p256::Point A;
  p256::Scalar z;

  template <class Self, class Visit>
  static void commitment(Self& self, const Parameters&, Visit& visit) {
    visit(self.A);
  }
  template <class Self, class Visit>
  static void response(Self& self, const Parameters&, Visit& visit) {
    visit(self.z);
  }
};

[[nodiscard]] p256::Scalar challenge(const Context& context, const Statement& statement,
                                     const Proof& proof);
[[nodiscard]] Proof prove(const Context& context, const Statement& statement,
                          const p256::SecretScalar& x, Nonce nonce);
/// Checks: cggmp24.sch.{infinity, X}.
Checked verify(const Context& context, const Statement& statement, const Proof& proof);

}  // namespace jointca::cggmp24::sch
