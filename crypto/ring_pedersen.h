// crypto/ring_pedersen.h — commitments s^x·t^y mod N̂ to integers, under a modulus whose factors the
// verifier of a proof knows and the prover does not (CGGMP24, ring-Pedersen parameters).
#pragma once

#include "crypto/prime_pair.h"

namespace jointca {

class RingPedersen {
 public:
  /// Nothing unless N̂ is odd with exactly `bits` bits and s and t are units other than ±1, not
  /// equal. That s is a power of t only its owner's proof shows (threshold/cggmp24/proofs/prm.h).
  static std::optional<RingPedersen> from(const Integer& N, const Integer& s, const Integer& t,
                                          unsigned bits);

  [[nodiscard]] const Integer& modulus() const { return N_; }
  [[nodiscard]] const Integer& s() const { return s_; }
  [[nodiscard]] const Integer& t() const { return t_; }
  [[nodiscard]] bool is_unit(const Integer& x) const { return x.is_unit(N_); }

  [[nodiscard]] Integer commit(const Integer& x, const Integer& y) const;
  [[nodiscard]] SecretInteger commit(const SecretInteger& x, const SecretInteger& y) const;
  /// Whether s^z·t^w = first·base^e: how a proof opens a commitment that it never shows.
  [[nodiscard]] bool answers(const Integer& z, const Integer& w, const Integer& first,
                             const Integer& base, const Integer& e) const;
  bool operator==(const RingPedersen&) const = default;

 private:
  RingPedersen(const Integer& N, const Integer& s, const Integer& t) : N_(N), s_(s), t_(t) {}
  Integer N_, s_, t_;
};

/// What its owner knows: the factors, and λ with s = t^λ.
class RingPedersenSecret : MoveOnly {
 public:
  [[nodiscard]] static RingPedersenSecret generate(PrimePair primes, Rng& rng);
  /// What generate() made, kept elsewhere meanwhile. Nothing unless the primes are those of the
  /// modulus and s = t^λ.
  static std::optional<RingPedersenSecret> from(PrimePair primes, SecretInteger lambda,
                                                const RingPedersen& setup);

  [[nodiscard]] const RingPedersen& setup() const { return setup_; }
  [[nodiscard]] const PrimePair& primes() const { return primes_; }
  [[nodiscard]] const SecretInteger& lambda() const { return lambda_; }

 private:
  RingPedersenSecret(PrimePair primes, SecretInteger lambda, RingPedersen setup)
      : primes_(std::move(primes)), lambda_(std::move(lambda)), setup_(std::move(setup)) {}
  PrimePair primes_;
  SecretInteger lambda_;
  RingPedersen setup_;
};

}  // namespace jointca
