// tests/unit/threshold/cggmp24/poisoned_proofs.cpp — every prover with its witness, its nonces and
// its keys as undefined memory, for valgrind (tests/unit/crypto/poisoned.py starts it).
#include <cstdio>

#include "tests/unit/crypto/poisoned_keys.h"
#include "tests/unit/threshold/cggmp24/toy.h"
#include "threshold/cggmp24/proofs/aff_g_star.h"
#include "threshold/cggmp24/proofs/dec.h"
#include "threshold/cggmp24/proofs/elog.h"
#include "threshold/cggmp24/proofs/enc_elg.h"
#include "threshold/cggmp24/proofs/fac.h"
#include "threshold/cggmp24/proofs/mod.h"
#include "threshold/cggmp24/proofs/prm.h"
#include "threshold/cggmp24/proofs/sch.h"

using namespace jointca;
using namespace jointca::cggmp24;
using p256::Point;
using p256::SecretScalar;

namespace {

void expect(const Checked& checked) { JCA_ASSERT(checked.has_value()); }

void set_up(const Context& context, const PaillierSecretKey& key, const RingPedersen& verifier,
            Rng& rng) {
  const auto secret = RingPedersenSecret::generate(test::poisoned_pair(1), rng);
  expect(prm::verify(context, {secret.setup()}, prm::prove(context, secret, rng)));
  expect(mod::verify(context, {key.public_key()}, mod::prove(context, key.primes(), rng)));
  const fac::Statement statement{key.public_key()};
  expect(fac::verify(
      context, verifier, statement,
      fac::prove(context, verifier, statement, {key.primes().p(), key.primes().q()}, rng)));
}

void first_round(const Context& context, const PaillierSecretKey& key, const RingPedersen& verifier,
                 Rng& rng) {
  const auto k = SecretScalar::random(rng), b = SecretScalar::random(rng);
  const auto rho = key.public_key().random_nonce(rng);
  const Point A = base_mul(SecretScalar::random(rng), rng);
  const enc_elg::Statement encrypted{key.public_key(), key.encrypt(k.integer(), rho).reveal(), A,
                                     base_mul(b, rng), mul_add(b, A, k, rng)};
  expect(enc_elg::verify(
      context, verifier, encrypted,
      enc_elg::prove(context, verifier, encrypted, {key, k.integer(), rho, b}, rng)));
  const elog::Statement opened{encrypted.B, encrypted.X, A, mul(k, A, rng), A};
  expect(elog::verify(context, opened, elog::prove(context, opened, {k, b}, rng)));
  const sch::Statement known{base_mul(k, rng)};
  expect(sch::verify(context, known, sch::prove(context, known, k, sch::Nonce(rng))));
}

void second_round(const Context& context, const PaillierSecretKey& key,
                  const PaillierSecretKey& receiver, const RingPedersen& verifier, Rng& rng) {
  const Parameters& set = context.parameters;
  const auto x = SecretScalar::random(rng);
  const auto y = SecretInteger::random_signed(set.ell_prime, rng);
  const PaillierPublicKey& j = receiver.public_key();
  const auto rho = j.random_nonce(rng), rho_y = key.public_key().random_nonce(rng);
  const Integer C = receiver.encrypt(y, rho).reveal();
  const Integer D = j.add(j.mul(C, x.integer()), j.encrypt(y, rho)).reveal();
  const aff_g::Statement statement{
      j, key.public_key(), C, D, key.encrypt(y, rho_y).reveal(), base_mul(x, rng)};
  const aff_g::Witness witness{key, x.integer(), y, rho, rho_y};
  expect(aff_g::verify(context, verifier, statement,
                       aff_g::prove(context, verifier, statement, witness, rng)));
  expect(
      aff_g_star::verify(context, statement, aff_g_star::prove(context, statement, witness, rng)));
}

void error_round(const Context& context, const PaillierSecretKey& key, Rng& rng) {
  const PaillierPublicKey& pk = key.public_key();
  const auto k = SecretScalar::random(rng), x = SecretScalar::random(rng);
  const Integer K = key.encrypt(k.integer(), pk.random_nonce(rng)).reveal();
  const Integer D = key.encrypt(k.integer(), pk.random_nonce(rng)).reveal();
  const Integer whole =
      pk.add(SecretInteger::from(D).narrowed(pk.modulus_squared().bits()), pk.mul(K, x.integer()))
          .reveal();
  const SecretInteger y = key.decrypt(whole);
  const Point H = base_mul(k, rng);
  const dec::Statement statement{pk, K, D, base_mul(x, rng), mul(SecretScalar::reduce(y), H, rng),
                                 H};
  const dec::Witness witness{key, x.integer(), y, key.nonce_of(whole)};
  expect(dec::verify(context, statement, dec::prove(context, statement, witness, rng)));
}

}  // namespace

int main() {
  test::PoisonedRng rng;
  // Two repetitions show as much as many.
  Parameters set = parameters<Toy>();
  set.repetitions = 2;
  const Context toy = test::some_context<Toy>();
  const Context context{set, toy.session, toy.epoch, toy.purpose, toy.prover};
  const PaillierSecretKey key(test::poisoned_pair(0));
  const PaillierSecretKey receiver(test::poisoned_pair(2));
  SystemRng plain;
  const auto verifier = RingPedersenSecret::generate(test::toy_pair(3), plain);
  set_up(context, key, verifier.setup(), rng);
  first_round(context, key, verifier.setup(), rng);
  second_round(context, key, receiver, verifier.setup(), rng);
  error_round(context, key, rng);
  std::puts("no prover shows its secrets by a branch or a table access");
  return 0;
}
