// crypto/derived_rng.cpp — SHA-512 in counter mode.
#include "crypto/derived_rng.h"

#include "base/codec.h"
#include "crypto/transcript.h"

namespace jointca {

DerivedRng::DerivedRng(const Secret<32>& seed, std::string_view purpose)
    : key_(Secret<64>::make([&](std::span<std::uint8_t, 64> out) {
        Transcript transcript("jointca/derived-rng/v1");
        Digest64 digest = std::move(transcript.field(purpose).field(seed.expose())).digest64();
        std::copy(digest.begin(), digest.end(), out.begin());
        sodium_memzero(digest.data(), digest.size());
      })) {}

void DerivedRng::fill(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    Sha512 hash;
    hash.update(key_.expose()).update(std::move(Writer().integer(counter_++)).take());
    Digest64 block = hash.finish();
    const std::size_t size = std::min(out.size(), block.size());
    std::copy_n(block.begin(), size, out.begin());
    sodium_memzero(block.data(), block.size());
    out = out.subspan(size);
  }
}

}  // namespace jointca
