// log/entry_fields.cpp — the reading half.
#include "log/entry_fields.h"

#include <charconv>

#include "base/utf8.h"
#include "log/entry.h"

namespace jointca::log {
namespace {

constexpr std::size_t time_text_bytes = 20;  // the only form that to_rfc3339() writes

/// The value of every byte as a digit of `alphabet`; −1 for the others.
constexpr std::array<std::int8_t, 256> digits_of(std::string_view alphabet) {
  std::array<std::int8_t, 256> values{};
  for (auto& value : values) value = -1;
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    values[static_cast<std::uint8_t>(alphabet[i])] = static_cast<std::int8_t>(i);
  return values;
}
constexpr auto hex_digits = digits_of("0123456789abcdef");
constexpr auto base64_digits =
    digits_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");

int digit(const std::array<std::int8_t, 256>& digits, char c) {
  return digits[static_cast<std::uint8_t>(c)];
}

bool decode_hex(std::string_view text, std::span<std::uint8_t> out) {
  if (text.size() != 2 * out.size()) return false;
  int wrong = 0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int high = digit(hex_digits, text[2 * i]), low = digit(hex_digits, text[2 * i + 1]);
    wrong |= high | low;  // negative if either is
    out[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return wrong >= 0;
}

/// RFC 4648 §4 as from_base64() reads it: padded, trailing bits zero.
bool decode_base64(std::string_view text, Bytes& out) {
  if (text.empty() || text.size() % 4 != 0) return false;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  out.resize(text.size() / 4 * 3 - padding);
  std::size_t at = 0;
  for (std::size_t i = 0; i < text.size(); i += 4) {
    const std::size_t padded = i + 4 == text.size() ? padding : 0;
    int group = 0, wrong = 0;
    for (std::size_t k = 0; k < 4 - padded; ++k) {
      const int value = digit(base64_digits, text[i + k]);
      wrong |= value;
      group |= (value & 63) << (18 - 6 * k);
    }
    if (wrong < 0 || (padded != 0 && (group & ((1 << 8 * padded) - 1)) != 0)) return false;
    for (std::size_t k = 0; k < 3 - padded; ++k)
      out[at++] = static_cast<std::uint8_t>(group >> (16 - 8 * k));
  }
  return true;
}

std::string key_text(std::string_view name) { return "\"" + std::string(name) + "\":"; }

}  // namespace

FieldScanner::FieldScanner(std::string_view text, std::string_view name)
    : all_(text), rest_(text), name_(name) {
  if (text.size() > entry_bytes_max)
    error_ = ParseError{std::string(name), "too long"};
  else if (!is_one_line(text))
    error_ = ParseError{std::string(name), "not UTF-8, or a control character"};
  else if (!take('{'))
    error_ = ParseError{std::string(name), "expected an object"};
}

std::string FieldScanner::place(std::string_view name) const {
  std::string path(name_);
  if (!object_.empty()) path += "." + std::string(object_);
  return name.empty() ? path : path + "." + std::string(name);
}

void FieldScanner::fail(std::string_view name, std::string_view reason) {
  if (!error_) error_ = ParseError{place(name), std::string(reason)};
}

bool FieldScanner::take(char c) {
  if (!rest_.starts_with(c)) return false;
  rest_.remove_prefix(1);
  return true;
}

bool FieldScanner::key(std::string_view name) {
  if (error_) return false;
  const std::size_t comma = first_ ? 0 : 1, size = name.size();
  if (rest_.size() < comma + size + 3 || (comma == 1 && rest_[0] != ',') || rest_[comma] != '"' ||
      rest_.substr(comma + 1, size) != name || rest_.substr(comma + 1 + size, 2) != "\":") {
    misplaced(name);
    return false;
  }
  rest_.remove_prefix(comma + size + 3);
  first_ = false;
  return true;
}

/// Another field, or none, stands where `expected` should (nothing: where the object should end).
void FieldScanner::misplaced(std::string_view expected) {
  const std::size_t position = all_.size() - rest_.size();
  if (!first_ && !take(',')) return fail(expected, expected.empty() ? "unfinished" : "missing");
  const auto found = quoted();
  if (!found || !rest_.starts_with(':')) return fail(expected, "missing");
  if (all_.substr(0, position).find(key_text(*found)) != std::string_view::npos) {
    object_ = {};
    return fail("", "a field stands twice: " + std::string(*found));
  }
  const bool later = rest_.find(key_text(expected)) != std::string_view::npos;
  return later || expected.empty() ? fail(*found, "unexpected field") : fail(expected, "missing");
}

/// What stands between two quotes, escapes and all.
std::optional<std::string_view> FieldScanner::quoted() {
  if (!take('"')) return std::nullopt;
  std::size_t end = rest_.find('"');
  if (rest_.substr(0, end).find('\\') != std::string_view::npos)
    for (end = 0; end < rest_.size() && rest_[end] != '"';) end += rest_[end] == '\\' ? 2 : 1;
  if (end >= rest_.size()) return std::nullopt;
  const std::string_view inside = rest_.substr(0, end);
  rest_.remove_prefix(end + 1);
  return inside;
}

void FieldScanner::text_value(std::string& out, std::size_t bytes_min, std::string_view name,
                              std::optional<std::size_t> position) {
  const auto wrong = [&](std::string_view reason) {
    fail(position ? std::string(name) + "[" + std::to_string(*position) + "]" : std::string(name),
         reason);
  };
  const auto inside = quoted();
  if (!inside) return wrong("expected a text");
  out.clear();
  if (inside->size() > 2 * entry_text_bytes_max) return wrong("too long");
  if (inside->find('\\') == std::string_view::npos) {
    out = *inside;
  } else {
    for (std::size_t i = 0; i < inside->size(); ++i) {
      if ((*inside)[i] == '\\' && (*inside)[++i] != '"' && (*inside)[i] != '\\')
        return wrong("an escape that is not needed, or a control character");
      out += (*inside)[i];
    }
  }
  if (out.size() < bytes_min) return wrong("empty");
  if (out.size() > entry_text_bytes_max) return wrong("too long");
}

void FieldScanner::text(std::string_view name, std::string& out, std::size_t bytes_min) {
  if (key(name)) text_value(out, bytes_min, name, std::nullopt);
}

void FieldScanner::texts(std::string_view name, std::vector<std::string>& out) {
  if (!key(name)) return;
  if (!take('[')) return fail(name, "expected a list");
  if (take(']')) return;
  do {
    if (out.size() == entry_names_max) return fail(name, "too many");
    const std::size_t position = out.size();
    text_value(out.emplace_back(), 1, name, position);
    if (error_) return;
  } while (take(','));
  if (!take(']')) fail(name, "expected a list");
}

void FieldScanner::hexes(std::string_view name, std::vector<Digest>& out) {
  if (!key(name)) return;
  if (!take('[')) return fail(name, "expected a list");
  if (take(']')) return;
  do {
    if (out.size() == entry_names_max) return fail(name, "too many");
    hex_value(name, out.emplace_back());
    if (error_) return;
  } while (take(','));
  if (!take(']')) fail(name, "expected a list");
}

void FieldScanner::base64(std::string_view name, Bytes& out) {
  if (!key(name)) return;
  const auto inside = quoted();
  if (!inside || !decode_base64(*inside, out)) fail(name, "expected bytes in base64");
}

void FieldScanner::time(std::string_view name, Time& out) {
  if (!key(name)) return;
  const auto inside = quoted();
  const auto read = inside && inside->size() == time_text_bytes ? time_from_rfc3339(*inside)
                                                                : time_from_rfc3339("");
  if (!read) return fail(name, read.error().reason);
  out = *read;
}

void FieldScanner::number(std::string_view name, std::uint32_t& out) {
  if (!key(name)) return;
  const char* const begin = rest_.data();
  const auto [end, problem] = std::from_chars(begin, begin + rest_.size(), out);
  const auto length = static_cast<std::size_t>(end - begin);
  rest_.remove_prefix(length);
  const bool ends = rest_.starts_with(',') || rest_.starts_with('}');
  if (problem != std::errc{} || !ends || (length > 1 && *begin == '0'))
    fail(name, "expected a number in range");
}

void FieldScanner::hex_value(std::string_view name, std::span<std::uint8_t> out) {
  const auto inside = quoted();
  if (!inside || !decode_hex(*inside, out))
    fail(name, "expected " + std::to_string(out.size()) + " bytes in hexadecimal");
}

void FieldScanner::key_hex(std::string_view name, JointPublicKey& out) {
  if (!key(name)) return;
  const auto inside = quoted();
  const auto bytes = inside && inside->size() <= 2 * p256::Point::Encoding().size()
                         ? from_hex(*inside)
                         : std::nullopt;
  const auto read = bytes ? parse_joint_public_key(*bytes) : malformed("", "");
  if (!read) return fail(name, "expected a key of 32 or 33 bytes in hexadecimal");
  out = *read;
}

void FieldScanner::optional_hex(std::string_view name, std::optional<Digest>& out) {
  if (!key(name)) return;
  if (!rest_.starts_with("\"\"")) return hex_value(name, out.emplace());
  rest_.remove_prefix(2);
}

void FieldScanner::optional_hex(std::string_view name, std::optional<PublicKey>& out) {
  std::optional<Digest> bytes;
  optional_hex(name, bytes);
  if (bytes) out = PublicKey{*bytes};
}

void FieldScanner::begin_object(std::string_view name) {
  if (!key(name)) return;
  if (!take('{')) return fail(name, "expected an object");
  object_ = name;
  first_ = true;
}

void FieldScanner::end_object() {
  if (error_) return;
  if (!take('}')) return misplaced("");
  object_ = {};
}

Parsed<Ok> FieldScanner::finish() {
  end_object();
  if (!rest_.empty()) fail("", "something follows");
  if (error_) return Unexpected{*std::move(error_)};
  return Ok{};
}

}  // namespace jointca::log
