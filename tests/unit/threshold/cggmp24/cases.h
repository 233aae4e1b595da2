// tests/unit/threshold/cggmp24/cases.h — one true statement with its proof for each of the nine.
//
// A case has Statement, Proof, `statement` and `proof`. Party 0 proves, party 1 is to be convinced.
#pragma once

#include "tests/unit/threshold/cggmp24/toy.h"
#include "threshold/cggmp24/proofs/aff_g.h"
#include "threshold/cggmp24/proofs/aff_g_star.h"
#include "threshold/cggmp24/proofs/dec.h"
#include "threshold/cggmp24/proofs/elog.h"
#include "threshold/cggmp24/proofs/enc_elg.h"
#include "threshold/cggmp24/proofs/fac.h"
#include "threshold/cggmp24/proofs/mod.h"
#include "threshold/cggmp24/proofs/prm.h"
#include "threshold/cggmp24/proofs/sch.h"

namespace jointca::test {

using cggmp24::Context;
using p256::SecretScalar;

template <class Set>
[[nodiscard]] const RingPedersen& verifier_setup() {
  return party<Set>(1).pedersen.setup();
}

/// Whether the proof is one under a setup.
template <class Statement, class Proof>
inline constexpr bool with_setup = requires(const Context& c, const RingPedersen& r,
                                            const Statement& s, const Proof& p) {
  verify(c, r, s, p);
};
/// verify() and challenge() of the proof's own folder; what needs no setup ignores it.
template <class S, class P>
auto verify_with(const Context& context, const RingPedersen& setup, const S& statement,
                 const P& proof) {
  if constexpr (with_setup<S, P>)
    return verify(context, setup, statement, proof);
  else
    return verify(context, statement, proof);
}
template <class S, class P>
auto challenge_with(const Context& context, const RingPedersen& setup, const S& statement,
                    const P& proof) {
  if constexpr (with_setup<S, P>)
    return challenge(context, setup, statement, proof);
  else
    return challenge(context, statement, proof);
}

template <class Set>
struct EncElgCase {
  using Statement = cggmp24::enc_elg::Statement;
  using Proof = cggmp24::enc_elg::Proof;

  /// `x` is what is encrypted, in range or not.
  EncElgCase(const Context& context, SecretInteger x_, Rng& rng)
      : x(std::move(x_)),
        rho(key().public_key().random_nonce(rng)),
        b(SecretScalar::random(rng)),
        statement{key().public_key(),
                  key().encrypt(x, rho).reveal(),
                  base_mul(SecretScalar::random(rng), rng),
                  base_mul(b, rng),
                  {}} {
    statement.X = mul_add(b, statement.A, SecretScalar::reduce(x), rng);
    proof =
        cggmp24::enc_elg::prove(context, verifier_setup<Set>(), statement, {key(), x, rho, b}, rng);
  }
  EncElgCase(const Context& context, Rng& rng)
      : EncElgCase(context, SecretScalar::random(rng).integer().duplicate(), rng) {}

  static const PaillierSecretKey& key() { return party<Set>(0).paillier; }

  SecretInteger x, rho;
  SecretScalar b;
  Statement statement;
  Proof proof;
};

/// The statement of Πaff-g and Πaff-g*, as in presigning: x a scalar, y a mask.
template <class Set>
struct Affine {
  Affine(SecretInteger x_, SecretInteger y_, Rng& rng)
      : x(std::move(x_)),
        y(std::move(y_)),
        rho(receiver().public_key().random_nonce(rng)),
        rho_y(prover().public_key().random_nonce(rng)),
        statement{receiver().public_key(), prover().public_key(), {}, {}, {}, {}} {
    const PaillierPublicKey& j = statement.receiver;
    const auto k = SecretScalar::random(rng);
    statement.C = receiver().encrypt(k.integer(), j.random_nonce(rng)).reveal();
    statement.D = j.add(j.mul(statement.C, x), j.encrypt(y, rho)).reveal();
    statement.Y = prover().encrypt(y, rho_y).reveal();
    statement.X = base_mul(SecretScalar::reduce(x), rng);
  }
  Affine(const Context& context, Rng& rng)
      : Affine(SecretScalar::random(rng).integer().duplicate(),
               SecretInteger::random_signed(context.parameters.ell_prime, rng), rng) {}

  static const PaillierSecretKey& prover() { return party<Set>(0).paillier; }
  static const PaillierSecretKey& receiver() { return party<Set>(1).paillier; }
  [[nodiscard]] cggmp24::aff_g::Witness witness() const { return {prover(), x, y, rho, rho_y}; }

  SecretInteger x, y, rho, rho_y;
  cggmp24::aff_g::Statement statement;
};

template <class Set>
struct AffGCase : Affine<Set> {
  using Statement = cggmp24::aff_g::Statement;
  using Proof = cggmp24::aff_g::Proof;

  AffGCase(const Context& context, SecretInteger x, SecretInteger y, Rng& rng)
      : Affine<Set>(std::move(x), std::move(y), rng) {
    prove(context, rng);
  }
  AffGCase(const Context& context, Rng& rng) : Affine<Set>(context, rng) { prove(context, rng); }
  void prove(const Context& context, Rng& rng) {
    proof = cggmp24::aff_g::prove(context, verifier_setup<Set>(), this->statement, this->witness(),
                                  rng);
  }

  Proof proof;
};

template <class Set>
struct AffGStarCase : Affine<Set> {
  using Statement = cggmp24::aff_g::Statement;
  using Proof = cggmp24::aff_g_star::Proof;

  AffGStarCase(const Context& context, SecretInteger x, SecretInteger y, Rng& rng)
      : Affine<Set>(std::move(x), std::move(y), rng) {
    prove(context, rng);
  }
  AffGStarCase(const Context& context, Rng& rng) : Affine<Set>(context, rng) {
    prove(context, rng);
  }
  void prove(const Context& context, Rng& rng) {
    proof = cggmp24::aff_g_star::prove(context, this->statement, this->witness(), rng);
  }

  Proof proof;
};

/// As in the error rounds: x⊙K ⊕ D decrypts to y, in the exponent of the base H.
template <class Set>
struct DecCase {
  using Statement = cggmp24::dec::Statement;
  using Proof = cggmp24::dec::Proof;

  DecCase(const Context& context, SecretInteger x_, SecretInteger addend, Rng& rng)
      : x(std::move(x_)),
        y(SecretInteger::from(Integer())),
        rho(key().public_key().random_nonce(rng)),
        statement{key().public_key(), {}, {}, {}, {}, {}} {
    const PaillierPublicKey& pk = statement.key;
    const auto k = SecretScalar::random(rng);
    statement.K = key().encrypt(k.integer(), pk.random_nonce(rng)).reveal();
    statement.D = key().encrypt(addend, pk.random_nonce(rng)).reveal();
    statement.X = base_mul(SecretScalar::reduce(x), rng);
    statement.H = base_mul(SecretScalar::random(rng), rng);
    // What the prover of the error round knows: the plaintext and the nonce of the whole.
    const Integer whole = pk.add(pk.mul(statement.K, x.reveal()), statement.D);
    y = k.integer() * x + addend;
    rho = key().nonce_of(whole);
    statement.S = mul(SecretScalar::reduce(y), statement.H, rng);
    proof = cggmp24::dec::prove(context, statement, {key(), x, y, rho}, rng);
  }
  DecCase(const Context& context, Rng& rng)
      : DecCase(context, SecretScalar::random(rng).integer().duplicate(),
                SecretInteger::random_signed(context.parameters.sum_bits() - 1, rng), rng) {}

  static const PaillierSecretKey& key() { return party<Set>(0).paillier; }

  SecretInteger x, y, rho;
  Statement statement;
  Proof proof;
};

template <class Set>
struct ElogCase {
  using Statement = cggmp24::elog::Statement;
  using Proof = cggmp24::elog::Proof;

  ElogCase(const Context& context, Rng& rng)
      : y(SecretScalar::random(rng)), lambda(SecretScalar::random(rng)) {
    statement.L = base_mul(lambda, rng);
    statement.X = base_mul(SecretScalar::random(rng), rng);
    statement.H = base_mul(SecretScalar::random(rng), rng);
    statement.M = mul_add(lambda, statement.X, y, rng);
    statement.Y = mul(y, statement.H, rng);
    proof = cggmp24::elog::prove(context, statement, {y, lambda}, rng);
  }

  SecretScalar y, lambda;
  Statement statement;
  Proof proof;
};

template <class Set>
struct SchCase {
  using Statement = cggmp24::sch::Statement;
  using Proof = cggmp24::sch::Proof;

  SchCase(const Context& context, Rng& rng) : x(SecretScalar::random(rng)) {
    statement.X = base_mul(x, rng);
    proof = cggmp24::sch::prove(context, statement, x, cggmp24::sch::Nonce(rng));
  }

  SecretScalar x;
  Statement statement;
  Proof proof;
};

template <class Set>
struct FacCase {
  using Statement = cggmp24::fac::Statement;
  using Proof = cggmp24::fac::Proof;

  FacCase(const Context& context, Rng& rng)
      : statement{key().public_key()},
        proof(cggmp24::fac::prove(context, verifier_setup<Set>(), statement,
                                  {key().primes().p(), key().primes().q()}, rng)) {}
  static const PaillierSecretKey& key() { return party<Set>(0).paillier; }

  Statement statement;
  Proof proof;
};

template <class Set>
struct ModCase {
  using Statement = cggmp24::mod::Statement;
  using Proof = cggmp24::mod::Proof;

  ModCase(const Context& context, Rng& rng)
      : statement{party<Set>(0).paillier.public_key()},
        proof(cggmp24::mod::prove(context, party<Set>(0).paillier.primes(), rng)) {}

  Statement statement;
  Proof proof;
};

template <class Set>
struct PrmCase {
  using Statement = cggmp24::prm::Statement;
  using Proof = cggmp24::prm::Proof;

  PrmCase(const Context& context, Rng& rng)
      : statement{party<Set>(0).pedersen.setup()},
        proof(cggmp24::prm::prove(context, party<Set>(0).pedersen, rng)) {}

  Statement statement;
  Proof proof;
};

}  // namespace jointca::test
