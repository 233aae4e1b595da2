// threshold/cggmp24/proofs/aff_g_star.h — Πaff-g*, Fig. 27: the statement of Πaff-g, shown to
// everyone, without a setup.
//
// A binary challenge, m times: seconds of work, so only after a failure, to find the culprit.
#pragma once

#include "threshold/cggmp24/proofs/aff_g.h"

namespace jointca::cggmp24::aff_g_star {

using aff_g::Statement;
using aff_g::Witness;

/// Lists of m elements.
struct Proof {
  std::vector<Integer> A;
  std::vector<p256::Point> B_x;
  std::vector<Integer> B_y;
  std::vector<Integer> z1, z2, w, w_y;

  template <class Self, class Visit>
  static void commitment(Self& self, const Parameters& set, Visit& visit) {
    visit(self.A, set.repetitions, set.ciphertext());
    visit(self.B_x, set.repetitions);
    visit(self.B_y, set.repetitions, set.ciphertext());
  }
  template <class Self, class Visit>
  static void response(Self& self, const Parameters& set, Visit& visit) {
    visit(self.z1, set.repetitions, Parameters::within(set.ell + set.epsilon));
    visit(self.z2, set.repetitions, Parameters::within(set.ell_prime + set.epsilon));
    visit(self.w, set.repetitions, set.residue());
    visit(self.w_y, set.repetitions, set.residue());
  }
};

[[nodiscard]] std::vector<bool> challenge(const Context& context, const Statement& statement,
                                          const Proof& proof);
[[nodiscard]] Proof prove(const Context& context, const Statement& statement,
                          const Witness& witness, Rng& rng);
/// Checks: cggmp24.aff_g_star.{count, C, D, Y, A, B_y, z1, z2, w, w_y, x, y, operation}.
Checked verify(const Context& context, const Statement& statement, const Proof& proof);

}  // namespace jointca::cggmp24::aff_g_star
