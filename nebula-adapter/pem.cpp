// nebula-adapter/pem.cpp — PEM blocks, found in a text as Go's encoding/pem finds them.
#include "nebula-adapter/pem.h"

#include <cstddef>

namespace jointca::nebula {
namespace {

constexpr std::string_view begin_marker = "-----BEGIN ";
constexpr std::string_view end_marker = "\n-----END ";
constexpr std::string_view dashes = "-----";

struct Line {
  std::string_view text;  ///< without the line end and trailing blanks
  std::size_t consumed = 0;
};

Line first_line(std::string_view text) {
  const std::size_t newline = text.find('\n');
  if (newline == std::string_view::npos) {
    const std::size_t last = text.find_last_not_of(" \t");
    return {text.substr(0, last + 1), text.size()};
  }
  std::string_view line = text.substr(0, newline);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return {line.substr(0, line.find_last_not_of(" \t") + 1), newline + 1};
}

int base64_value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/// Padded base64 with white space anywhere. Unlike from_base64, ignores the unused bits of the last
/// digit, because Go does.
std::optional<Bytes> loose_base64(std::string_view text) {
  Bytes out;
  out.reserve(text.size() / 4 * 3 + 3);
  std::uint32_t group = 0;
  std::size_t digits = 0, padding = 0;
  for (const char c : text) {
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
    const int value = c == '=' ? 0 : base64_value(c);
    if (value < 0 || (padding > 0 && c != '=')) return std::nullopt;
    if (c == '=' && ++padding > 2) return std::nullopt;
    group = group << 6 | static_cast<std::uint32_t>(value);
    if (++digits % 4 == 0)
      for (std::uint32_t shift : {16U, 8U, 0U})
        out.push_back(static_cast<std::uint8_t>(group >> shift));
  }
  if (digits % 4 != 0) return std::nullopt;
  out.resize(out.size() - padding);
  return out;
}

/// One try at a block: what stands between a BEGIN line and the END that follows it.
struct Attempt {
  std::optional<PemStep> step;
  std::string_view rest;  ///< where to look next if there is no step
  bool stop = false;      ///< there is nothing more to find
};

/// `body` begins after "-----BEGIN "; `end` is where the END marker begins in it.
Attempt read_block(std::string_view body, std::ptrdiff_t end) {
  const auto next_try = [&]() -> Attempt {
    const std::ptrdiff_t after = end + static_cast<std::ptrdiff_t>(end_marker.size());
    if (after < 0 || after > static_cast<std::ptrdiff_t>(body.size())) return {{}, {}, true};
    return {{}, body.substr(static_cast<std::size_t>(after)), false};
  };
  const auto advance = [&](std::size_t count) {
    body.remove_prefix(count);
    end -= static_cast<std::ptrdiff_t>(count);
  };
  Line line = first_line(body);
  advance(line.consumed);
  if (!line.text.ends_with(dashes)) return next_try();
  const std::string_view banner = line.text.substr(0, line.text.size() - dashes.size());

  bool has_headers = false;
  for (;; has_headers = true) {
    if (body.empty()) return {{}, {}, true};
    line = first_line(body);
    if (line.text.find(':') == std::string_view::npos) break;
    advance(line.consumed);
  }
  // Without headers the BEGIN line may have ended with the END marker's own newline: end is −1.
  if (has_headers && end < 0) return next_try();

  const auto trailer_at =
      static_cast<std::size_t>(end + static_cast<std::ptrdiff_t>(end_marker.size()));
  const std::string expected = std::string(banner) + std::string(dashes);
  if (!body.substr(trailer_at).starts_with(expected) ||
      !first_line(body.substr(trailer_at + expected.size())).text.empty())
    return next_try();
  auto bytes = loose_base64(body.substr(0, end > 0 ? static_cast<std::size_t>(end) : 0));
  if (!bytes) return next_try();
  const std::string_view last_line = body.substr(trailer_at);
  return {PemStep{{std::string(banner), std::move(*bytes)},
                  last_line.substr(first_line(last_line).consumed)},
          {},
          false};
}

}  // namespace

std::optional<PemStep> next_pem_block(std::string_view text) {
  // The first END, and the last BEGIN before it: a BEGIN without its END is skipped.
  for (std::string_view rest = text;;) {
    const std::size_t end = rest.find(end_marker);
    if (end == std::string_view::npos) return std::nullopt;
    const std::size_t begin = rest.substr(0, end).rfind(begin_marker);
    if (begin == std::string_view::npos || (begin > 0 && rest[begin - 1] != '\n')) {
      rest.remove_prefix(end + end_marker.size());
      continue;
    }
    const std::size_t body = begin + begin_marker.size();
    Attempt attempt = read_block(
        rest.substr(body), static_cast<std::ptrdiff_t>(end) - static_cast<std::ptrdiff_t>(body));
    if (attempt.step) return std::move(attempt.step);
    if (attempt.stop) return std::nullopt;
    rest = attempt.rest;
  }
}

std::string encode_pem(std::string_view banner, BytesView bytes) {
  constexpr std::size_t columns = 64;
  const std::string body = to_base64(bytes);
  std::string out = std::string(begin_marker) + std::string(banner) + "-----\n";
  for (std::size_t i = 0; i < body.size(); i += columns) out += body.substr(i, columns) + "\n";
  return out + "-----END " + std::string(banner) + "-----\n";
}

Parsed<Certificate> parse_certificate(const PemBlock& block) {
  if (block.banner == banner_v1) return parse_certificate(Version::v1, block.bytes);
  if (block.banner == banner_v2) return parse_certificate(Version::v2, block.bytes);
  return malformed("", "not a Nebula certificate, but \"" + block.banner.substr(0, 64) + "\"");
}

Parsed<std::vector<Certificate>> parse_certificates(std::string_view text) {
  if (text.size() > pem_file_bytes_max) return malformed("", "the file is above 1 MiB");
  std::vector<Certificate> out;
  while (!text.empty()) {
    const std::string where = "block " + std::to_string(out.size() + 1);
    const auto step = next_pem_block(text);
    if (!step) return malformed(where, "expected a PEM block, or the end of the file");
    auto certificate = parse_certificate(step->block);
    if (!certificate) return malformed(where, certificate.error().reason);
    out.push_back(*std::move(certificate));
    text = step->rest;
  }
  if (out.empty()) return malformed("", "the file holds no certificate");
  return out;
}

}  // namespace jointca::nebula
