#include "ca/subject.h"

#include <algorithm>

namespace jointca::ca {
namespace {

constexpr std::string_view session_name_begin = "session:";
constexpr std::array<std::string_view, 3> kind_texts{"nebula", "wireguard", "x509"};

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool consists_of(std::string_view text, std::string_view punctuation) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return is_alphanumeric(c) || punctuation.find(c) != std::string_view::npos;
  });
}

/// In quotes, and short: the text may be anything.
std::string shown(std::string_view text) {
  constexpr std::size_t shown_max = 64;
  std::string out = "\"";
  for (const char c : text.substr(0, shown_max)) out += c >= ' ' && c <= '~' ? c : '?';
  return out + (text.size() > shown_max ? "…\"" : "\"");
}

}  // namespace

std::string_view to_text(Kind kind) { return kind_texts[static_cast<std::size_t>(kind) - 1]; }

std::optional<Kind> kind_from_text(std::string_view text) {
  for (const Kind kind : all_kinds)
    if (to_text(kind) == text) return kind;
  return std::nullopt;
}

std::optional<Kind> kind_from_number(std::uint8_t number) {
  if (number < 1 || number > all_kinds.size()) return std::nullopt;
  return static_cast<Kind>(number);
}

bool is_host_name(std::string_view name) {
  return !name.empty() && name.size() <= host_name_bytes_max && name[0] != '-' && name[0] != '.' &&
         consists_of(name, "-._");
}

bool is_group_name(std::string_view group) {
  return !group.empty() && group.size() <= group_name_bytes_max && consists_of(group, "-._:");
}

std::string not_a_host_name(std::string_view text) {
  return shown(text) +
         " is not a host name: expected 1 to 253 letters, digits, '-', '.' and '_', not beginning "
         "with '-' or '.'";
}

std::string not_a_group_name(std::string_view text) {
  return shown(text) +
         " is not a group name: expected 1 to 64 letters, digits, '-', '.', '_' and ':'";
}

std::string session_name(const std::array<std::uint8_t, 16>& id) {
  return std::string(session_name_begin) + to_hex(id);
}

bool is_session_name(std::string_view text) {
  if (!text.starts_with(session_name_begin)) return false;
  const auto bytes = from_hex(text.substr(session_name_begin.size()));
  return bytes && bytes->size() == 16;
}

std::string name_key(std::string_view name) {
  std::string key(name);
  for (char& c : key)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return key;
}

}  // namespace jointca::ca
