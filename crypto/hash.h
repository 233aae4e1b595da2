// crypto/hash.h — SHA-256 and SHA-512 (FIPS 180-4), by libsodium; whole SHA-256 hashes by OpenSSL,
// which uses the processor's instructions for it.
#pragma once

#include <initializer_list>

#include <sodium/crypto_hash_sha256.h>
#include <sodium/crypto_hash_sha512.h>

#include "base/bytes.h"

namespace jointca {

using Digest64 = std::array<std::uint8_t, 64>;

/// Incremental SHA-256. finish() may be called once.
class Sha256 {
 public:
  Sha256() { crypto_hash_sha256_init(&state_); }  // NOLINT: init fills the state
  Sha256& update(BytesView data) {
    crypto_hash_sha256_update(&state_, data.data(), data.size());
    return *this;
  }
  [[nodiscard]] Digest finish() {
    Digest out;
    crypto_hash_sha256_final(&state_, out.data());
    return out;
  }

 private:
  crypto_hash_sha256_state state_;
};

/// Incremental SHA-512. finish() may be called once. The state is wiped, because FROST hashes
/// secrets with it.
class Sha512 {
 public:
  Sha512() { crypto_hash_sha512_init(&state_); }  // NOLINT: init fills the state
  Sha512(const Sha512&) = default;
  Sha512& operator=(const Sha512&) = default;
  ~Sha512();
  Sha512& update(BytesView data) {
    crypto_hash_sha512_update(&state_, data.data(), data.size());
    return *this;
  }
  [[nodiscard]] Digest64 finish() {
    Digest64 out;
    crypto_hash_sha512_final(&state_, out.data());
    return out;
  }

 private:
  crypto_hash_sha512_state state_;
};

/// Hash of the concatenation. Not injective over the parts: use Transcript where that matters.
[[nodiscard]] Digest sha256(std::initializer_list<BytesView> parts);
[[nodiscard]] inline Digest sha256(BytesView data) { return sha256({data}); }
[[nodiscard]] Digest64 sha512(std::initializer_list<BytesView> parts);

}  // namespace jointca
