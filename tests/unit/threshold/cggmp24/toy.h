// tests/unit/threshold/cggmp24/toy.h — small parameters and fixed parties for the tests of CGGMP24.
#pragma once

#include "crypto/paillier.h"
#include "crypto/ring_pedersen.h"
#include "tests/support/seeded_rng.h"
#include "tests/unit/crypto/safe_primes.h"
#include "threshold/cggmp24/context.h"

namespace jointca::cggmp24 {

struct Toy {};

/// Far too small to show anything: the relations of Parameters::sound() do not hold, but honest
/// proofs succeed but for 2^−64, and N > 2^(4ℓ).
template <>
inline const Parameters& parameters<Toy>() {
  static constexpr Parameters set("jointca/cggmp24/toy/1", 576, 256, 640, 320, 16);
  static_assert(!set.sound() && set.modulus_bits() > 4 * set.ell);
  return set;
}

}  // namespace jointca::cggmp24

namespace jointca::test {

/// The keys of one party.
struct PartyKeys {
  PartyKeys(PrimePair paillier_primes, PrimePair setup_primes, Rng& rng)
      : paillier(std::move(paillier_primes)),
        pedersen(RingPedersenSecret::generate(std::move(setup_primes), rng)) {}
  PaillierSecretKey paillier;
  RingPedersenSecret pedersen;
};

/// Party 0, 1 or 2 of the toy parameters; made once.
[[nodiscard]] inline const PartyKeys& toy_party(std::size_t i) {
  static const std::array<PartyKeys, 3> parties = [] {
    SeededRng rng(100);
    return std::array<PartyKeys, 3>{PartyKeys(toy_pair(0), toy_pair(1), rng),
                                    PartyKeys(toy_pair(2), toy_pair(3), rng),
                                    PartyKeys(toy_pair(4), toy_pair(5), rng)};
  }();
  return parties.at(i);
}

/// Party 0 or 1 of the production parameters.
[[nodiscard]] inline const PartyKeys& production_party(std::size_t i) {
  static const std::array<PartyKeys, 2> parties = [] {
    SeededRng rng(101);
    return std::array<PartyKeys, 2>{PartyKeys(production_pair(0), production_pair(1), rng),
                                    PartyKeys(production_pair(2), production_pair(3), rng)};
  }();
  return parties.at(i);
}

template <class Set>
[[nodiscard]] const PartyKeys& party(std::size_t i);
template <>
inline const PartyKeys& party<cggmp24::Toy>(std::size_t i) {
  return toy_party(i);
}
template <>
inline const PartyKeys& party<cggmp24::Production>(std::size_t i) {
  return production_party(i);
}

/// A place in a protocol; party 0 proves.
template <class Set>
[[nodiscard]] cggmp24::Context some_context() {
  Digest session{};
  session.fill(7);
  return {cggmp24::parameters<Set>(), session, 3, "presign.r1.k", Identifier(1)};
}

}  // namespace jointca::test
