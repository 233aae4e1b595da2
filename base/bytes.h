// base/bytes.h — byte strings and their two text forms.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace jointca {

using Bytes = std::vector<std::uint8_t>;
using BytesView = std::span<const std::uint8_t>;

/// 32 bytes of SHA-256, or another public 32-byte name.
using Digest = std::array<std::uint8_t, 32>;

[[nodiscard]] inline bool equal(BytesView a, BytesView b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

/// The bytes of a text, without a copy. `text` must outlive the view.
[[nodiscard]] BytesView as_bytes(std::string_view text);
[[nodiscard]] Bytes to_bytes(std::string_view text);
[[nodiscard]] Bytes to_bytes(BytesView view);
[[nodiscard]] std::string to_text(BytesView bytes);

/// Lower-case hexadecimal, two digits a byte.
[[nodiscard]] std::string to_hex(BytesView bytes);
/// Accepts lower case only, and whole bytes: one text per value.
[[nodiscard]] std::optional<Bytes> from_hex(std::string_view text);

/// RFC 4648 §4, padded.
[[nodiscard]] std::string to_base64(BytesView bytes);
/// Strict: padded, no white space, trailing bits zero. One text per value.
[[nodiscard]] std::optional<Bytes> from_base64(std::string_view text);

/// RFC 4648 §5 without padding, as in invitations and JOSE.
[[nodiscard]] std::string to_base64url(BytesView bytes);
[[nodiscard]] std::optional<Bytes> from_base64url(std::string_view text);

/// A digest or key of exactly `size` bytes, or nothing.
template <std::size_t size>
[[nodiscard]] std::optional<std::array<std::uint8_t, size>> to_array(BytesView bytes) {
  if (bytes.size() != size) return std::nullopt;
  std::array<std::uint8_t, size> out{};
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

}  // namespace jointca
