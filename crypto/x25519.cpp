#include "crypto/x25519.h"

#include <sodium/crypto_scalarmult_curve25519.h>

#include "crypto/rng.h"

namespace jointca {

// Clamping makes every scalar a multiple of the cofactor, so any of them sends the points of small
// order, and no others, to zero; libsodium reports that.
bool is_low_order(const Digest& u) {
  constexpr Digest scalar{8};
  Digest shared;
  return crypto_scalarmult_curve25519(shared.data(), scalar.data(), u.data()) != 0;
}

X25519Key::X25519Key(Secret<32> secret) : secret_(std::move(secret)) {
  crypto_scalarmult_curve25519_base(public_key_.data(), secret_.expose().data());
}

X25519Key X25519Key::generate(Rng& rng) { return X25519Key(rng.secret<32>()); }

}  // namespace jointca
