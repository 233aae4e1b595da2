#include "crypto/hash.h"

#include <sodium/utils.h>

namespace jointca {

Sha512::~Sha512() { sodium_memzero(&state_, sizeof state_); }

Digest sha256(std::initializer_list<BytesView> parts) {
  Sha256 hash;
  for (const BytesView part : parts) hash.update(part);
  return hash.finish();
}

Digest64 sha512(std::initializer_list<BytesView> parts) {
  Sha512 hash;
  for (const BytesView part : parts) hash.update(part);
  return hash.finish();
}

}  // namespace jointca
