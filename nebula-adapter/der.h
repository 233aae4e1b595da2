// nebula-adapter/der.h — the DER subset of Nebula v2 (X.690 with one-byte tags and short lengths).
//
// Accepts what Go's golang.org/x/crypto/cryptobyte accepts: lengths in the fewest bytes, at most
// four of them.
#pragma once

#include <optional>
#include <span>

#include "base/bytes.h"

namespace jointca::nebula {

/// A shrinking view. A read that fails leaves it as it was.
class DerReader {
 public:
  explicit DerReader(BytesView input) : input_(input) {}

  [[nodiscard]] bool empty() const { return input_.empty(); }
  /// Whether the next element has this tag.
  [[nodiscard]] bool at(std::uint8_t tag) const { return !empty() && input_[0] == tag; }
  /// The content of the next element, which must have this tag.
  std::optional<BytesView> read(std::uint8_t tag);
  /// The same, with tag and length before the content.
  std::optional<BytesView> element(std::uint8_t tag);
  /// A two's-complement integer of at most eight bytes, in the fewest bytes.
  std::optional<std::int64_t> integer(std::uint8_t tag);

 private:
  BytesView input_;
};

class DerWriter {
 public:
  DerWriter() { out_.reserve(bytes_usual); }
  DerWriter& element(std::uint8_t tag, BytesView content);
  DerWriter& integer(std::uint8_t tag, std::int64_t value);
  /// An element that is already encoded.
  DerWriter& raw(BytesView encoded);

  [[nodiscard]] Bytes take() && { return std::move(out_); }

 private:
  static constexpr std::size_t bytes_usual = 256;  ///< enough for most certificates
  Bytes out_;
};

}  // namespace jointca::nebula
