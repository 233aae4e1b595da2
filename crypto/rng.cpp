#include "crypto/rng.h"

#include <sodium.h>

namespace jointca {

SystemRng::SystemRng() { JCA_ASSERT(sodium_init() >= 0); }

void SystemRng::fill(std::span<std::uint8_t> out) { randombytes_buf(out.data(), out.size()); }

}  // namespace jointca
