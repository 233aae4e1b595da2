// enroll/bundle.h — a party's answer to a host whose request was granted. The host trusts nothing
// in it before checking the certificates under the CA key that its invitation pinned.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ca/subject.h"

namespace jointca::enroll {

inline constexpr std::size_t bundle_bytes_max = std::size_t{3} << 20;
inline constexpr std::size_t pem_bytes_max = 64 * 1024;
inline constexpr std::size_t signers_max = 64;
inline constexpr std::size_t proofs_max = 384;  ///< of six statements by 64 signers each
inline constexpr std::size_t proof_name_bytes_max = 128;

/// A plain file name: letters, digits, '-' and '.', ending in ".tlog-proof".
[[nodiscard]] bool is_proof_name(std::string_view name);

struct Bundle {
  Digest request{};  ///< digest of the request that it answers
  std::string name;
  std::vector<ca::Prefix> networks;
  std::vector<std::string> groups;
  Time not_after;
  std::map<ca::Kind, std::string> certificates;  ///< PEM, or JWS for WireGuard
  /// Instead, of a session of MPyC: its grant, a line, then PEM of its certificates.
  std::string session{};
  std::string ca;                    ///< PEM of the CA certificates
  std::vector<std::string> signers;  ///< names of the parties that signed
  /// That they logged it: C2SP tlog-proofs by file name, "nebula-v1.alpha.tlog-proof".
  std::map<std::string, std::string> proofs;

  bool operator==(const Bundle&) const = default;
};

/// One JSON object: {"status":"issued","request":hex,"name":…,"networks":[…],"groups":[…],
/// "not_after":RFC 3339,"certificates":{"nebula":PEM},"ca":PEM,"signers":[…],"proofs":{file:text}};
/// of a session "session":text instead of "certificates".
[[nodiscard]] std::string bundle_text(const Bundle& bundle);
/// Strict: every field once, no other, each within its limit.
[[nodiscard]] Parsed<Bundle> parse_bundle(std::string_view text);

}  // namespace jointca::enroll
