#include "base/codec.h"

namespace jointca {

Unexpected<ParseError> Reader::fail(std::string_view reason) const {
  return malformed("byte " + std::to_string(offset_), std::string(reason));
}

Parsed<BytesView> Reader::bytes(std::size_t count) {
  if (remaining() < count) return fail("truncated");
  const BytesView head = input_.subspan(offset_, count);
  offset_ += count;
  return head;
}

Parsed<BytesView> Reader::prefixed16(std::size_t max) {
  JCA_ASSIGN(const auto count, integer<std::uint16_t>());
  if (count > max) return fail("too long");
  return bytes(count);
}

Parsed<BytesView> Reader::prefixed32(std::size_t max) {
  JCA_ASSIGN(const auto count, integer<std::uint32_t>());
  if (count > max) return fail("too long");
  return bytes(count);
}

Parsed<std::string> Reader::text16(std::size_t max) {
  JCA_ASSIGN(const BytesView raw, prefixed16(max));
  return to_text(raw);
}

Parsed<Ok> Reader::expect(std::uint8_t expected, std::string_view what) {
  JCA_ASSIGN(const auto found, integer<std::uint8_t>());
  if (found != expected) return fail("unknown " + std::string(what));
  return Ok{};
}

Parsed<Ok> Reader::finish() const {
  if (remaining() != 0) return fail("trailing bytes");
  return Ok{};
}

Writer& Writer::bytes(BytesView value) {
  out_.insert(out_.end(), value.begin(), value.end());
  return *this;
}

Writer& Writer::prefixed16(BytesView value) {
  JCA_ASSERT(value.size() <= std::numeric_limits<std::uint16_t>::max());
  return integer(static_cast<std::uint16_t>(value.size())).bytes(value);
}

Writer& Writer::prefixed32(BytesView value) {
  JCA_ASSERT(value.size() <= std::numeric_limits<std::uint32_t>::max());
  return integer(static_cast<std::uint32_t>(value.size())).bytes(value);
}

Writer& Writer::text16(std::string_view value) { return prefixed16(as_bytes(value)); }

}  // namespace jointca
