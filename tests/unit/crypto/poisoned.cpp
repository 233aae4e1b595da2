// tests/unit/crypto/poisoned.cpp — run under valgrind with every secret marked as undefined: a
// branch or a table access that depends on one is an error there (poisoned.py starts it).
//
// Covers shares and nonces (scalars, points), the plaintexts and nonces of Paillier's encryption,
// and the factors of a key. Without valgrind it only computes.
#include <cstdio>
#include <cstring>

#include "crypto/p256_group.h"
#include "crypto/paillier.h"
#include "crypto/ring_pedersen.h"
#include "tests/unit/crypto/poisoned_keys.h"

using namespace jointca;
using test::poisoned_pair;
using test::PoisonedRng;

namespace {

void scalars(Rng& rng) {
  const auto share = p256::SecretScalar::random(rng);
  const auto nonce = p256::SecretScalar::random(rng);
  const p256::Point X = base_mul(share, rng);
  const p256::Point D = mul_add(nonce, X, share, rng);
  JCA_ASSERT(mul(share, X, rng) != D);
  const p256::Scalar sigma = (share * nonce + share - nonce * p256::Scalar(3)).reveal();
  JCA_ASSERT(!sigma.is_zero());
}

void encryption(Rng& rng) {
  const PaillierSecretKey key(poisoned_pair(0));
  const PaillierPublicKey& pk = key.public_key();
  const SecretInteger x = SecretInteger::random_signed(300, rng);
  const SecretInteger rho = pk.random_nonce(rng);
  const Integer c = key.encrypt(x, rho).reveal();
  JCA_ASSERT(c == pk.encrypt(x, rho).reveal());
  JCA_ASSERT((key.decrypt(c) - x).reveal_is_zero());
  JCA_ASSERT((key.nonce_of(c) - rho).reveal_is_zero());
  const Integer d = pk.add(pk.mul(c, x), key.encrypt(x, rho)).reveal();
  JCA_ASSERT(pk.is_ciphertext(d));
  const Integer folded = pk.fold_nonces(rho, rho, Integer(12345)).reveal();
  JCA_ASSERT(pk.is_nonce(folded));
  const Integer z = (x * x + SecretInteger::random_signed(600, rng)).reveal();
  JCA_ASSERT(z.within_power_of_two(602));
}

void commitments(Rng& rng) {
  const auto owner = RingPedersenSecret::generate(poisoned_pair(1), rng);
  const SecretInteger x = SecretInteger::random_signed(300, rng);
  const SecretInteger y = SecretInteger::random_signed(1200, rng);
  const Integer S = owner.setup().commit(x, y).reveal();
  JCA_ASSERT(owner.setup().is_unit(S));
  const SecretInteger unit = SecretInteger::random_below(owner.setup().modulus(), rng);
  JCA_ASSERT(!owner.primes().fourth_root(unit).reveal_is_zero());
  const auto squares = owner.primes().reveal_squares(unit);
  JCA_ASSERT(squares.first || !squares.first);
}

}  // namespace

/// `poisoned leak` branches on a secret, to show that the check can fail.
int main(int argc, char** argv) {
  if (!ct::available) {
    std::puts("skipped: built without valgrind/memcheck.h");
    return 77;
  }
  PoisonedRng rng;
  if (argc == 2 && std::strcmp(argv[1], "leak") == 0) {
    const auto secret = rng.array<1>();
    std::puts(secret[0] < 128 ? "low" : "high");
    return 0;
  }
  scalars(rng);
  encryption(rng);
  commitments(rng);
  std::puts("no branch and no table access depends on a secret");
  return 0;
}
