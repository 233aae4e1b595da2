// tests/unit/crypto/poisoned_keys.h — randomness and keys that valgrind takes for secrets.
#pragma once

#include "crypto/ct.h"
#include "crypto/rng.h"
#include "tests/unit/crypto/safe_primes.h"

namespace jointca::test {

/// All that it gives is secret.
class PoisonedRng final : public Rng {
 public:
  void fill(std::span<std::uint8_t> out) override {
    system_.fill(out);
    ct::poison(out);
  }

 private:
  SystemRng system_;
};

[[nodiscard]] inline SecretInteger poisoned_prime(const char* hex) {
  Bytes bytes = *from_hex(hex);
  ct::poison(std::span<std::uint8_t>(bytes));
  return SecretInteger::from_bytes(bytes);
}

[[nodiscard]] inline PrimePair poisoned_pair(std::size_t i) {
  auto pair = PrimePair::from(poisoned_prime(toy_primes.at(2 * i)),
                              poisoned_prime(toy_primes.at(2 * i + 1)));
  JCA_ASSERT(pair.has_value());
  return std::move(*pair);
}

}  // namespace jointca::test
