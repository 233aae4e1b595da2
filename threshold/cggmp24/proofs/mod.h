// threshold/cggmp24/proofs/mod.h — Πmod, Fig. 12: N is a Paillier–Blum modulus.
//
// N is a product of two primes ≡ 3 mod 4 and gcd(N, φ(N)) = 1. Convinces everyone.
#pragma once

#include "threshold/cggmp24/fields.h"

namespace jointca::cggmp24::mod {

struct Statement {
  PaillierPublicKey key;

  template <class Self, class Visit>
  static void fields(Self& self, const Parameters&, Visit& visit) {
    visit(self.key);
  }
};

/// Lists of m elements.
struct Proof {
  Integer w;
  std::vector<Integer> x;
  Flags a, b;
  std::vector<Integer> z;

  template <class Self, class Visit>
  static void commitment(Self& self, const Parameters& set, Visit& visit) {
    visit(self.w, set.residue());
  }
  template <class Self, class Visit>
  static void response(Self& self, const Parameters& set, Visit& visit) {
    visit(self.x, set.repetitions, set.residue());
    visit(self.a, set.repetitions);
    visit(self.b, set.repetitions);
    visit(self.z, set.repetitions, set.residue());
  }
};

/// y_1 … y_m.
[[nodiscard]] std::vector<Integer> challenge(const Context& context, const Statement& statement,
                                             const Proof& proof);
[[nodiscard]] Proof prove(const Context& context, const PrimePair& primes, Rng& rng);
/// Checks: cggmp24.mod.{count, N, w, flag, y, x, z, nth_root, fourth_root}.
Checked verify(const Context& context, const Statement& statement, const Proof& proof);

}  // namespace jointca::cggmp24::mod
