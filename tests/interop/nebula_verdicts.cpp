// tests/interop/nebula_verdicts.cpp — compares our verdicts with those that tests/interop/nebula
// printed.
//
// Reads its lines from standard input; prints the cases that differ. Status 0: none does.
#include <charconv>
#include <iostream>
#include <vector>

#include "crypto/hash.h"
#include "nebula-adapter/pem.h"
#include "nebula-adapter/verify.h"

namespace {

using namespace jointca;

std::vector<std::string_view> split(std::string_view line) {
  std::vector<std::string_view> out;
  for (std::size_t tab = line.find('\t'); tab != std::string_view::npos; tab = line.find('\t')) {
    out.push_back(line.substr(0, tab));
    line.remove_prefix(tab + 1);
  }
  out.push_back(line);
  return out;
}

std::string hex_prefixes(const std::vector<ca::Prefix>& prefixes) {
  std::string out;
  for (const ca::Prefix& prefix : prefixes)
    out += to_hex(prefix.address.bytes()) + "/" + std::to_string(prefix.bits) + ",";
  return out;
}

/// As describe() in verdict.go.
std::string describe(const nebula::Certificate& certificate) {
  const nebula::Details& details = certificate.details;
  std::string text = std::to_string(static_cast<int>(certificate.version)) + "|" +
                     to_hex(as_bytes(details.name)) + "|" + hex_prefixes(details.networks) + "|" +
                     hex_prefixes(details.unsafe_networks) + "|";
  for (const std::string& group : details.groups) text += to_hex(as_bytes(group)) + ",";
  text += std::string("|") + (details.is_ca ? "true" : "false") + "|" + to_hex(details.issuer) +
          "|" + std::to_string(details.not_before) + "|" + std::to_string(details.not_after) + "|" +
          std::to_string(static_cast<std::int32_t>(details.curve)) + "|" +
          to_hex(details.public_key) + "|" + to_hex(nebula::encode_certificate(certificate));
  return to_hex(sha256(as_bytes(text))).substr(0, 16);
}

std::string verdict(const std::string& ca_file, const std::string& file, Time now,
                    const std::optional<Digest>& blocked) {
  auto pool = nebula::CaPool::from_pem(ca_file);
  if (!pool) return "pool";
  if (blocked) pool->block(*blocked);
  if (file.empty()) return "empty";
  const auto certificates = nebula::parse_certificates(file);
  if (!certificates) return "parse";
  std::string out;
  for (const nebula::Certificate& certificate : *certificates) {
    const auto verified = nebula::verify(certificate, *pool, now);
    out += (out.empty() ? "" : ";") + (verified ? "ok" : verified.error().rule) + ":" +
           to_hex(nebula::fingerprint(certificate)) + ":" + describe(certificate);
  }
  return out;
}

}  // namespace

int main() {
  std::size_t count = 0, different = 0;
  for (std::string line; std::getline(std::cin, line); ++count) {
    const auto fields = split(line);
    const auto ca_file = fields.size() == 6 ? from_hex(fields[3]) : std::nullopt;
    const auto file = ca_file ? from_hex(fields[4]) : std::nullopt;
    std::int64_t now = 0;
    if (!file || std::from_chars(fields[1].data(), fields[1].data() + fields[1].size(), now).ec !=
                     std::errc{}) {
      std::cout << "line " << count + 1 << " is malformed\n";
      return 2;
    }
    const auto blocked = from_hex(fields[2]);
    const std::string ours = verdict(to_text(*ca_file), to_text(*file), time_from_unix(now),
                                     blocked ? to_array<32>(*blocked) : std::nullopt);
    if (ours == fields[0]) continue;
    ++different;
    std::cout << fields[5] << ": nebula says " << fields[0] << "\n  jointca says " << ours
              << "\n  at " << fields[1] << " CA file " << fields[3] << "\n  certificate file "
              << fields[4] << "\n";
  }
  std::cout << count << " cases, " << different << " different verdicts\n";
  return different == 0 && count > 0 ? 0 : 1;
}
