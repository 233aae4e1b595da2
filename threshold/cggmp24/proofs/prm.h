// threshold/cggmp24/proofs/prm.h — Πprm, Fig. 13: ring-Pedersen parameters are of the right form.
//
// s is a power of t mod N̂. A binary challenge, m times. Convinces everyone.
#pragma once

#include "threshold/cggmp24/fields.h"

namespace jointca::cggmp24::prm {

struct Statement {
  RingPedersen setup;  ///< the prover's

  template <class Self, class Visit>
  static void fields(Self& self, const Parameters&, Visit& visit) {
    visit(self.setup);
  }
};

/// Lists of m elements.
struct Proof {
  std::vector<Integer> A, z;

  template <class Self, class Visit>
  static void commitment(Self& self, const Parameters& set, Visit& visit) {
    visit(self.A, set.repetitions, set.residue());
  }
  template <class Self, class Visit>
  static void response(Self& self, const Parameters& set, Visit& visit) {
    visit(self.z, set.repetitions, set.residue());
  }
};

[[nodiscard]] std::vector<bool> challenge(const Context& context, const Statement& statement,
                                          const Proof& proof);
[[nodiscard]] Proof prove(const Context& context, const RingPedersenSecret& secret, Rng& rng);
/// Checks: cggmp24.prm.{count, A, z, power}.
Checked verify(const Context& context, const Statement& statement, const Proof& proof);

}  // namespace jointca::cggmp24::prm
