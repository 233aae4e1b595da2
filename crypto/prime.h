// crypto/prime.h — random safe primes.
#pragma once

#include "crypto/secret_integer.h"

namespace jointca {

/// A prime p of exactly `bits` bits (at least 64), its two highest bits set, for which (p − 1)/2 is
/// prime too. The candidates p' of a random window are sieved by p' mod r ∉ {0, (r − 1)/2} for all
/// small r at once. Takes about two seconds at 1536 bits, and a time that depends on the candidates
/// that failed: each key is made once, and nobody chooses what it is made from.
[[nodiscard]] SecretInteger random_safe_prime(unsigned bits, Rng& rng);

}  // namespace jointca
