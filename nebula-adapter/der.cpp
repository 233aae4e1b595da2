// nebula-adapter/der.cpp — the DER subset of Nebula v2.
#include "nebula-adapter/der.h"

namespace jointca::nebula {
namespace {

struct Header {
  std::size_t size = 0;     ///< of tag and length
  std::size_t content = 0;  ///< bytes that follow
};

std::optional<Header> read_header(BytesView input) {
  if (input.size() < 2 || (input[0] & 0x1f) == 0x1f) return std::nullopt;
  if (input[1] < 0x80) return Header{2, input[1]};
  const std::size_t count = input[1] & 0x7f;
  if (count == 0 || count > 4 || input.size() < 2 + count || input[2] == 0) return std::nullopt;
  std::size_t length = 0;
  for (const std::uint8_t byte : input.subspan(2, count)) length = length << 8 | byte;
  if (length < 0x80) return std::nullopt;
  return Header{2 + count, length};
}

}  // namespace

std::optional<BytesView> DerReader::element(std::uint8_t tag) {
  const auto header = read_header(input_);
  if (!header || !at(tag) || header->content > input_.size() - header->size) return std::nullopt;
  const BytesView out = input_.first(header->size + header->content);
  input_ = input_.subspan(out.size());
  return out;
}

std::optional<BytesView> DerReader::read(std::uint8_t tag) {
  const auto header = read_header(input_);
  const auto whole = element(tag);
  if (!whole) return std::nullopt;
  return whole->subspan(header->size);
}

std::optional<std::int64_t> DerReader::integer(std::uint8_t tag) {
  const BytesView before = input_;
  const auto content = read(tag);
  const auto minimal = [](BytesView bytes) {
    if (bytes.size() < 2) return !bytes.empty();
    const bool second_negative = (bytes[1] & 0x80) != 0;
    return !(bytes[0] == 0x00 && !second_negative) && !(bytes[0] == 0xff && second_negative);
  };
  if (!content || content->size() > 8 || !minimal(*content)) {
    input_ = before;
    return std::nullopt;
  }
  std::uint64_t value = ((*content)[0] & 0x80) != 0 ? ~std::uint64_t{0} : 0;
  for (const std::uint8_t byte : *content) value = value << 8 | byte;
  return static_cast<std::int64_t>(value);
}

DerWriter& DerWriter::element(std::uint8_t tag, BytesView content) {
  out_.push_back(tag);
  std::size_t count = 0;
  for (std::size_t rest = content.size(); rest > 0; rest >>= 8) ++count;
  if (content.size() >= 0x80)
    out_.push_back(static_cast<std::uint8_t>(0x80 | count));
  else
    count = 1;
  for (; count > 0; --count)
    out_.push_back(static_cast<std::uint8_t>(content.size() >> (8 * (count - 1))));
  return raw(content);
}

DerWriter& DerWriter::integer(std::uint8_t tag, std::int64_t value) {
  std::size_t count = 1;  // as many bytes as leave the sign visible
  while (count < 8 && value >> (8 * count - 1) != 0 && value >> (8 * count - 1) != -1) ++count;
  std::array<std::uint8_t, 8> content{};
  for (std::size_t i = 0; i < count; ++i)
    content[i] = static_cast<std::uint8_t>(value >> (8 * (count - 1 - i)));
  return element(tag, BytesView(content).first(count));
}

DerWriter& DerWriter::raw(BytesView encoded) {
  out_.insert(out_.end(), encoded.begin(), encoded.end());
  return *this;
}

}  // namespace jointca::nebula
