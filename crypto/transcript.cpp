#include "crypto/transcript.h"

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
  const Digest64 all = hash_.finish();
  return *to_array<32>(BytesView(all).first(32));
}

}  // namespace jointca
