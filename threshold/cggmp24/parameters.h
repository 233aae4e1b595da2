// threshold/cggmp24/parameters.h — the security parameters of CGGMP24, with the paper's letters.
//
// ±2^b means {−2^b … 2^b}, as in the paper. Scalars enter Paillier as the integers 0 … q − 1, which
// lie in ±2^ℓ. docs/protocols/cggmp24.md derives the numbers.
#pragma once

#include <string_view>

#include "crypto/integer.h"
#include "threshold/party.h"

namespace jointca::cggmp24 {

/// The parameter set of every key that the program makes or accepts.
struct Production;
/// Small moduli for tests. Only tests/ completes this type and defines parameters<Toy>(), so that
/// nothing else links with it; its name is hashed into every proof.
struct Toy;

class Parameters {
 public:
  std::string_view name;    ///< part of every transcript
  unsigned prime_bits;      ///< of each of the four safe primes of a party
  unsigned ell;             ///< ℓ: secrets are in ±2^ℓ; at least the bits of q
  unsigned ell_prime;       ///< ℓ′: masks are in ±2^ℓ′
  unsigned epsilon;         ///< ε: the slack of every range proof, in bits
  std::size_t repetitions;  ///< m: of the proofs with a binary challenge

  [[nodiscard]] constexpr unsigned modulus_bits() const { return 2 * prime_bits; }
  /// Bound of δ_i and χ_i as integers: parties_max masks that were proven only up to the slack.
  [[nodiscard]] constexpr unsigned sum_bits() const { return ell_prime + epsilon + 1 + 6; }

  /// The relations of the paper, Appendix C.1, without which a proof shows nothing.
  [[nodiscard]] constexpr bool sound() const {
    return ell >= 256 && epsilon >= ell + 256 && ell_prime >= 3 * ell + epsilon &&
           modulus_bits() > sum_bits() + epsilon + 1 && prime_bits > 2 * ell + epsilon &&
           repetitions >= 128;
  }

  /// What an integer of a message may be: a residue mod a modulus or its square, or in ±2^b.
  [[nodiscard]] constexpr IntegerLimit residue() const { return {modulus_bits()}; }
  [[nodiscard]] constexpr IntegerLimit ciphertext() const { return {2 * modulus_bits()}; }
  /// One bit more than ±2^b needs, so that the named range check judges 2^b + 1, not the parser.
  [[nodiscard]] static constexpr IntegerLimit within(unsigned b) { return {b + 2, true}; }

 private:
  template <class Set>
  friend const Parameters& parameters();
  constexpr Parameters(std::string_view name_, unsigned prime_bits_, unsigned ell_,
                       unsigned ell_prime_, unsigned epsilon_, std::size_t repetitions_)
      : name(name_),
        prime_bits(prime_bits_),
        ell(ell_),
        ell_prime(ell_prime_),
        epsilon(epsilon_),
        repetitions(repetitions_) {}
};
static_assert(parties_max <= 1 << 6, "Parameters::sum_bits counts on it");

template <class Set>
[[nodiscard]] const Parameters& parameters();  // NOLINT: not redundant, a friend is not visible
template <>
const Parameters& parameters<Production>();
template <>
const Parameters& parameters<Toy>();

}  // namespace jointca::cggmp24
