// crypto/prime.cpp — random safe primes, by a joint sieve.
#include "crypto/prime.h"

#include <vector>

#include "crypto/rng.h"

namespace jointca {
namespace {

constexpr std::size_t window = std::size_t{1} << 17;  // odd candidates in one sieve
constexpr int rounds = 40;                            // of Miller–Rabin on what passed Fermat's

/// The odd primes below `limit`.
std::vector<std::uint32_t> small_primes(std::uint32_t limit) {
  std::vector<bool> composite(limit);
  std::vector<std::uint32_t> primes;
  for (std::uint64_t n = 3; n < limit; n += 2) {
    if (composite[n]) continue;
    primes.push_back(static_cast<std::uint32_t>(n));
    for (std::uint64_t multiple = n * n; multiple < limit; multiple += 2 * n)
      composite[multiple] = true;
  }
  return primes;
}

/// Strikes out each i for which r divides p' = first + 2i or p = 2p' + 1.
void strike(Integer& struck, const Integer& first, std::uint32_t r) {
  const std::uint64_t start = mpz_fdiv_ui(first.gmp(), r);
  const std::uint64_t half = (r + 1) / 2;  // 1/2 mod r
  for (const std::uint64_t root : {std::uint64_t{0}, std::uint64_t{r / 2}})
    for (std::uint64_t i = (root + r - start) % r * half % r; i < window; i += r)
      mpz_setbit(struck.gmp(), i);
}

/// 2^(n − 1) = 1 mod n.
bool passes_fermat(const Integer& n) {
  return pow_mod(Integer(2), n - Integer(1), n) == Integer(1);
}

bool is_prime(const Integer& n) { return mpz_probab_prime_p(n.gmp(), rounds) != 0; }

}  // namespace

SecretInteger random_safe_prime(unsigned bits, Rng& rng) {
  JCA_ASSERT(bits >= 64);
  static const std::vector<std::uint32_t> primes = small_primes(1 << 20);
  // A larger r pays as long as striking it is cheaper than the tests that it saves.
  const std::size_t used = bits >= 1024 ? primes.size() : primes.size() / 16;
  for (;;) {
    // Wiped by the allocator of crypto/integer.cpp, as everything here that GMP frees.
    Integer first = SecretInteger::random_bits(bits - 1, rng).reveal();
    mpz_setbit(first.gmp(), bits - 2);
    mpz_setbit(first.gmp(), bits - 3);
    mpz_setbit(first.gmp(), 0);
    Integer struck;  // a set of bits: what it says of `first` is as secret as that
    mpz_setbit(struck.gmp(), window);
    for (std::size_t k = 0; k < used; ++k) strike(struck, first, primes[k]);
    for (std::size_t i = 0; i < window; ++i) {
      if (mpz_tstbit(struck.gmp(), i) != 0) continue;
      const Integer half = first + Integer(2 * i);
      const Integer p = half + half + Integer(1);
      if (p.bits() != bits) break;
      if (passes_fermat(half) && passes_fermat(p) && is_prime(half) && is_prime(p))
        return SecretInteger::from(p);
    }
  }
}

}  // namespace jointca
