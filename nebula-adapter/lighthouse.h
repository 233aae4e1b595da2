// nebula-adapter/lighthouse.h — a statement that a host is a lighthouse, and where it is reached:
// what other hosts need to find each other, and Nebula's certificates do not say. The parties sign
// it together, as a JSON Web Token. Layout: docs/formats/lighthouse.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "ca/subject.h"
#include "crypto/signing_key.h"
#include "nebula-adapter/certificate.h"

namespace jointca::nebula {

/// The purpose under whose key the statements are signed.
inline constexpr std::string_view lighthouses_purpose = "lighthouses";
/// Of the whole token.
inline constexpr std::size_t lighthouse_bytes_max = 2048;

struct Lighthouse {
  Digest authority{};
  Digest serial{};                   ///< digest of the request that it answers
  std::string name;                  ///< of the host
  std::vector<ca::Prefix> networks;  ///< the host's addresses in the overlay, sorted
  std::string endpoint;              ///< "192.0.2.1:4242", "[2001:db8::1]:4242"
  Time not_before;
  Time not_after;  ///< from then on it holds no more, RFC 7519 §4.1.4

  bool operator==(const Lighthouse&) const = default;
};

/// The signing input of the token: what the parties sign, and what the logs have.
[[nodiscard]] Bytes to_be_signed(const Lighthouse& lighthouse);
/// Accepts exactly what to_be_signed() writes, and of that only well-formed names and endpoints,
/// and 1 to 8 networks.
[[nodiscard]] Parsed<Lighthouse> parse_lighthouse(BytesView signed_bytes);

/// SHA-256 of the to-be-signed bytes: its name in logs and revocation lists.
[[nodiscard]] Digest fingerprint(const Lighthouse& lighthouse);

/// The token.
[[nodiscard]] std::string assemble(const Lighthouse& lighthouse, const SignatureBytes& signature);

/// The statement in a token, if it is one of `authority` that `key`, the authority's key of the
/// purpose, signed. The time is checked by valid_at().
[[nodiscard]] Result<Lighthouse, Error> open_lighthouse(std::string_view token,
                                                        const Digest& authority,
                                                        const PublicKey& key);

/// Whether `time` is not before not_before and before not_after.
[[nodiscard]] bool valid_at(const Lighthouse& lighthouse, Time time);

/// Whether a signer may sign this. The rules, in order: "name", "no network", "network count",
/// "network order", "endpoint", "validity", "encoding".
[[nodiscard]] Result<Ok, Rejection> check_issuable(const Lighthouse& lighthouse);

}  // namespace jointca::nebula
