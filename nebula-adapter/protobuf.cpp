// nebula-adapter/protobuf.cpp — the protocol buffers wire format, as much as Nebula v1 needs.
#include "nebula-adapter/protobuf.h"

#include <vector>

namespace jointca::nebula {
namespace {

constexpr std::uint64_t field_number_max = (1U << 29) - 1;
// Inside an unknown group Go takes any positive 32-bit number, and this many levels.
constexpr std::uint64_t group_field_number_max = (1U << 31) - 1;
constexpr std::size_t group_depth_max = 10001;

}  // namespace

std::optional<std::uint64_t> WireReader::varint() {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 10 && i < input_.size(); ++i) {
    const std::uint64_t byte = input_[i];
    if (i == 9 && byte > 1) return std::nullopt;
    value |= (byte & 0x7f) << (7 * i);
    if (byte < 0x80) {
      input_ = input_.subspan(i + 1);
      return value;
    }
  }
  return std::nullopt;
}

std::optional<BytesView> WireReader::take(std::uint64_t count) {
  if (count > input_.size()) return std::nullopt;
  const BytesView out = input_.first(count);
  input_ = input_.subspan(count);
  return out;
}

std::optional<WireField> WireReader::field() {
  const auto tag = varint();
  if (!tag || *tag >> 3 == 0 || *tag >> 3 > field_number_max) return std::nullopt;
  WireField out{static_cast<std::uint32_t>(*tag >> 3), static_cast<WireType>(*tag & 7), 0, {}};
  switch (out.type) {
    case WireType::varint: {
      const auto value = varint();
      if (!value) return std::nullopt;
      out.value = *value;
      return out;
    }
    case WireType::bytes: {
      const auto length = varint();
      const auto bytes = length ? take(*length) : std::nullopt;
      if (!bytes) return std::nullopt;
      out.bytes = *bytes;
      return out;
    }
    case WireType::fixed64:
      return take(8) ? std::optional(out) : std::nullopt;
    case WireType::fixed32:
      return take(4) ? std::optional(out) : std::nullopt;
    case WireType::start_group:
      return skip_group(out.number) ? std::optional(out) : std::nullopt;
    case WireType::end_group:
      break;
  }
  return std::nullopt;
}

bool WireReader::skip_group(std::uint32_t number) {
  std::vector<std::uint64_t> open{number};
  while (!open.empty()) {
    const auto tag = varint();
    if (!tag || *tag >> 3 == 0 || *tag >> 3 > group_field_number_max) return false;
    switch (static_cast<WireType>(*tag & 7)) {
      case WireType::varint:
        if (!varint()) return false;
        break;
      case WireType::bytes: {
        const auto length = varint();
        if (!length || !take(*length)) return false;
        break;
      }
      case WireType::fixed64:
        if (!take(8)) return false;
        break;
      case WireType::fixed32:
        if (!take(4)) return false;
        break;
      case WireType::start_group:
        if (open.size() == group_depth_max) return false;
        open.push_back(*tag >> 3);
        break;
      case WireType::end_group:
        if (open.back() != *tag >> 3) return false;
        open.pop_back();
        break;
      default:
        return false;
    }
  }
  return true;
}

WireWriter& WireWriter::varint(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out_.push_back(static_cast<std::uint8_t>(value | 0x80));
  out_.push_back(static_cast<std::uint8_t>(value));
  return *this;
}

WireWriter& WireWriter::varint_field(std::uint32_t number, std::uint64_t value) {
  if (value == 0) return *this;
  return varint(std::uint64_t{number} << 3).varint(value);
}

WireWriter& WireWriter::bytes_field(std::uint32_t number, BytesView value) {
  return value.empty() ? *this : element(number, value);
}

WireWriter& WireWriter::element(std::uint32_t number, BytesView value) {
  varint(std::uint64_t{number} << 3 | static_cast<std::uint64_t>(WireType::bytes));
  varint(value.size());
  out_.insert(out_.end(), value.begin(), value.end());
  return *this;
}

bool is_utf8(BytesView bytes) {
  for (std::size_t i = 0; i < bytes.size();) {
    const std::uint8_t lead = bytes[i];
    const std::size_t length = lead < 0x80                   ? 1
                               : lead >= 0xc2 && lead < 0xe0 ? 2
                               : lead >= 0xe0 && lead < 0xf0 ? 3
                               : lead >= 0xf0 && lead < 0xf5 ? 4
                                                             : 0;
    if (length == 0 || length > bytes.size() - i) return false;
    for (std::size_t k = 1; k < length; ++k)
      if ((bytes[i + k] & 0xc0) != 0x80) return false;
    const std::uint8_t second = length > 1 ? bytes[i + 1] : 0x80;
    if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) ||
        (lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f))
      return false;
    i += length;
  }
  return true;
}

}  // namespace jointca::nebula
