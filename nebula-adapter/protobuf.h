// nebula-adapter/protobuf.h — the protocol buffers wire format, as much as Nebula v1 needs.
//
// Reads what Go's google.golang.org/protobuf reads, and writes what it writes: fields in ascending
// order, zero values left out. Source: protobuf.dev, "Encoding".
#pragma once

#include <optional>
#include <string_view>

#include "base/bytes.h"

namespace jointca::nebula {

enum class WireType : std::uint8_t {
  varint = 0,
  fixed64 = 1,
  bytes = 2,
  start_group = 3,
  end_group = 4,
  fixed32 = 5,
};

struct WireField {
  std::uint32_t number = 0;
  WireType type = WireType::varint;
  std::uint64_t value = 0;  ///< of a varint
  BytesView bytes;          ///< of a byte string
};

/// A shrinking view of one message. Fixed-size fields and groups are read and their content
/// dropped.
class WireReader {
 public:
  explicit WireReader(BytesView input) : input_(input) {}

  [[nodiscard]] bool empty() const { return input_.empty(); }
  /// The next field, or nothing if the bytes are malformed: truncated, a varint above 64 bits, a
  /// field number out of range, a group unclosed or nested deeper than 10001.
  std::optional<WireField> field();
  /// At most ten bytes, not necessarily the fewest.
  std::optional<std::uint64_t> varint();

 private:
  std::optional<BytesView> take(std::uint64_t count);
  bool skip_group(std::uint32_t number);

  BytesView input_;
};

class WireWriter {
 public:
  WireWriter() { out_.reserve(bytes_usual); }
  WireWriter& varint(std::uint64_t value);
  /// A field, left out if zero.
  WireWriter& varint_field(std::uint32_t number, std::uint64_t value);
  /// A field, left out if empty.
  WireWriter& bytes_field(std::uint32_t number, BytesView value);
  /// A field, also if empty: an element of a repeated field, or a message.
  WireWriter& element(std::uint32_t number, BytesView value);

  [[nodiscard]] Bytes take() && { return std::move(out_); }

 private:
  static constexpr std::size_t bytes_usual = 256;  ///< enough for most certificates
  Bytes out_;
};

/// Whether the bytes are UTF-8 (RFC 3629): no surrogates, no overlong forms, nothing above
/// U+10FFFF.
[[nodiscard]] bool is_utf8(BytesView bytes);

}  // namespace jointca::nebula
