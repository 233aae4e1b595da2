#include "base/bytes.h"

#include <sodium.h>

namespace jointca {
namespace {

std::string base64(BytesView bytes, int variant) {
  std::string out(sodium_base64_encoded_len(bytes.size(), variant), '\0');
  sodium_bin2base64(out.data(), out.size(), bytes.data(), bytes.size(), variant);
  out.pop_back();  // the terminating zero that libsodium counts
  return out;
}

std::optional<Bytes> unbase64(std::string_view text, int variant) {
  Bytes out(text.size() / 4 * 3 + 3);
  std::size_t length = 0;
  const char* end = nullptr;
  if (sodium_base642bin(out.data(), out.size(), text.data(), text.size(), nullptr, &length, &end,
                        variant) != 0 ||
      end != text.data() + text.size())
    return std::nullopt;
  out.resize(length);
  if (base64(out, variant) != text) return std::nullopt;
  return out;
}

}  // namespace

BytesView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

Bytes to_bytes(std::string_view text) { return to_bytes(as_bytes(text)); }
Bytes to_bytes(BytesView view) { return {view.begin(), view.end()}; }
std::string to_text(BytesView bytes) { return {bytes.begin(), bytes.end()}; }

std::string to_hex(BytesView bytes) {
  std::string out(bytes.size() * 2 + 1, '\0');
  sodium_bin2hex(out.data(), out.size(), bytes.data(), bytes.size());
  out.pop_back();
  return out;
}

std::optional<Bytes> from_hex(std::string_view text) {
  const auto lower_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (text.size() % 2 != 0 || !std::all_of(text.begin(), text.end(), lower_hex))
    return std::nullopt;
  Bytes out(text.size() / 2);
  if (out.empty()) return out;  // libsodium takes no null pointer, even for nothing
  sodium_hex2bin(out.data(), out.size(), text.data(), text.size(), nullptr, nullptr, nullptr);
  return out;
}

std::string to_base64(BytesView bytes) { return base64(bytes, sodium_base64_VARIANT_ORIGINAL); }
std::optional<Bytes> from_base64(std::string_view text) {
  return unbase64(text, sodium_base64_VARIANT_ORIGINAL);
}
std::string to_base64url(BytesView bytes) {
  return base64(bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}
std::optional<Bytes> from_base64url(std::string_view text) {
  return unbase64(text, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

}  // namespace jointca
