#include "crypto/transcript.h"

#include <algorithm>

#include <sodium/utils.h>

#include "base/codec.h"

namespace jointca {

Transcript& Transcript::field(BytesView bytes) {
  hash_.update(std::move(Writer().integer(std::uint64_t{bytes.size()})).take()).update(bytes);
  return *this;
}

Transcript& Transcript::field(std::uint64_t value) {
  return field(std::move(Writer().integer(value)).take());
}

Digest Transcript::digest() && {
  Digest64 all = hash_.finish();
  Digest half;
  std::copy_n(all.begin(), half.size(), half.begin());
  sodium_memzero(all.data(), all.size());
  return half;
}

}  // namespace jointca
