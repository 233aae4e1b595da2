// base/codec.h — one encoding per value: big-endian integers, fixed-size fields, and byte strings
// prefixed by their length. Everything hashed, signed or sent between parties goes through here.
//
// A Reader is a shrinking view: each read succeeds and advances, or fails and names the offset.
// Nothing is allocated before its length has been checked against the caller's maximum.
#pragma once

#include <concepts>
#include <limits>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"
#include "base/result.h"

namespace jointca {

class Reader {
 public:
  explicit Reader(BytesView input) : input_(input) {}

  /// Exactly `count` bytes, as a view into the input.
  Parsed<BytesView> bytes(std::size_t count);

  template <std::unsigned_integral Unsigned>
  Parsed<Unsigned> integer() {
    JCA_ASSIGN(const BytesView raw, bytes(sizeof(Unsigned)));
    std::uint64_t value = 0;
    for (const std::uint8_t byte : raw) value = value << 8 | byte;
    return static_cast<Unsigned>(value);
  }

  /// An integer between `min` and `max`, both included.
  template <std::unsigned_integral Unsigned>
  Parsed<Unsigned> integer(Unsigned min, Unsigned max) {
    JCA_ASSIGN(const auto value, integer<Unsigned>());
    if (value < min || value > max) return fail("out of range");
    return value;
  }

  template <std::size_t size>
  Parsed<std::array<std::uint8_t, size>> array() {
    JCA_ASSIGN(const BytesView raw, bytes(size));
    return *to_array<size>(raw);
  }

  /// A byte string of at most `max` bytes, prefixed by its length as 2 or 4 bytes.
  Parsed<BytesView> prefixed16(std::size_t max);
  Parsed<BytesView> prefixed32(std::size_t max);
  /// The same as prefixed16, as text. Does not check the characters.
  Parsed<std::string> text16(std::size_t max);

  /// Fails unless the next byte is `expected`: a version or a kind.
  Parsed<Ok> expect(std::uint8_t expected, std::string_view what);

  /// Every parse function ends with this.
  [[nodiscard]] Parsed<Ok> finish() const;

  [[nodiscard]] std::size_t offset() const { return offset_; }
  [[nodiscard]] std::size_t remaining() const { return input_.size() - offset_; }
  /// The error "byte <offset>: <reason>", for checks that the caller makes on what it read.
  [[nodiscard]] Unexpected<ParseError> fail(std::string_view reason) const;

 private:
  BytesView input_;
  std::size_t offset_ = 0;
};

class Writer {
 public:
  template <std::unsigned_integral Unsigned>
  Writer& integer(Unsigned value) {
    for (std::size_t shift = sizeof(Unsigned) * 8; shift > 0; shift -= 8)
      out_.push_back(static_cast<std::uint8_t>(value >> (shift - 8)));
    return *this;
  }

  Writer& bytes(BytesView value);
  Writer& prefixed16(BytesView value);
  Writer& prefixed32(BytesView value);
  Writer& text16(std::string_view value);

  [[nodiscard]] Bytes take() && { return std::move(out_); }

 private:
  Bytes out_;
};

/// `encode(message, writer)` into fresh bytes.
template <class Message>
[[nodiscard]] Bytes encoded(const Message& message) {
  Writer writer;
  encode(message, writer);
  return std::move(writer).take();
}

}  // namespace jointca
