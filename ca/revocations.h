// ca/revocations.h — the list of revoked certificates, as the parties sign it together and hosts
// read it. docs/formats/revocations.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "crypto/signing_key.h"

namespace jointca::ca {

/// The purpose under whose key the list is signed.
inline constexpr std::string_view revocations_purpose = "revocations";
/// How long a list holds. A new one is made after half of it, whether or not anything changed.
inline constexpr Duration revocations_validity{24 * 3600};
inline constexpr std::size_t revocations_max = 3000;
/// The largest integer that every reader of JSON has.
inline constexpr std::uint64_t revocations_number_max = (std::uint64_t{1} << 53) - 1;
inline constexpr std::size_t revocation_kind_bytes_max = 32;
inline constexpr std::size_t revocations_bytes_max = std::size_t{768} * 1024;
/// Of the list with its signature, as it is served.
inline constexpr std::size_t signed_revocations_bytes_max = std::size_t{896} * 1024;

struct RevokedCertificate {
  Digest fingerprint{};  ///< as the certificate's kind defines it
  Digest tbs_sha256{};   ///< of its to-be-signed bytes, as in the logs
  std::string kind;      ///< "nebula-v1", "nebula-v2", …
  Time not_after;

  auto operator<=>(const RevokedCertificate&) const = default;
};

struct Revocations {
  Digest authority{};
  std::uint64_t number = 0;  ///< 1 … revocations_number_max; a newer list has a larger one
  Time this_update;
  Time next_update;
  std::vector<RevokedCertificate> revoked;  ///< by fingerprint, each once

  bool operator==(const Revocations&) const = default;
};

/// The canonical text: one line of JSON.
[[nodiscard]] std::string to_json(const Revocations& list);
/// Accepts exactly what to_json() writes.
[[nodiscard]] Parsed<Revocations> parse_revocations(std::string_view text);

/// A list with the signature of the parties over revocations_message(list).
struct SignedRevocations {
  std::string list;  ///< canonical text
  SignatureBytes signature{};

  bool operator==(const SignedRevocations&) const = default;
};
/// The bytes that are signed: "jointca/revocations/v1 <SHA-256 of the text in hexadecimal>\n".
[[nodiscard]] Bytes revocations_message(std::string_view list);
/// As it is served at /v1/revocations.
[[nodiscard]] std::string to_json(const SignedRevocations& document);
/// Accepts exactly what to_json() writes. Checks neither the list nor the signature.
[[nodiscard]] Parsed<SignedRevocations> parse_signed_revocations(std::string_view text);

/// The list, if it is one of `authority` that `key`, the authority's key of the purpose, signed.
/// Whether it is the newest, and fresh, is for the caller: is_fresh().
[[nodiscard]] Result<Revocations, Error> open_revocations(const SignedRevocations& document,
                                                          const Digest& authority,
                                                          const PublicKey& key);
/// Whether `now` lies between this update, less the difference that clocks may have, and the next.
[[nodiscard]] bool is_fresh(const Revocations& list, Time now);

}  // namespace jointca::ca
