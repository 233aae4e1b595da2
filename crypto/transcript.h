// crypto/transcript.h — unambiguous, domain-separated hashing of fields.
#pragma once

#include <concepts>
#include <string_view>

#include "crypto/hash.h"

namespace jointca {

/// SHA-512 over a label and length-prefixed fields, so that different field lists never give the
/// same input. Where an RFC fixes a hash input, follow the RFC instead.
class Transcript {
 public:
  /// `label` names the use and its version: "jointca/purpose/v1".
  explicit Transcript(std::string_view label) { field(as_bytes(label)); }

  /// 8-byte big-endian length, then the bytes.
  Transcript& field(BytesView bytes);
  Transcript& field(std::string_view text) { return field(as_bytes(text)); }
  /// An integer as a field of 8 bytes.
  Transcript& field(std::uint64_t value);

  /// The first 32 bytes, or all 64 (for a scalar mod q). Either may be called once.
  [[nodiscard]] Digest digest() &&;
  [[nodiscard]] Digest64 digest64() && { return hash_.finish(); }

 private:
  Sha512 hash_;
};

}  // namespace jointca
