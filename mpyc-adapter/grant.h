// mpyc-adapter/grant.h — the parties' word that a session may run: a JSON Web Token over the
// manifest and all consents to it, signed jointly. Layout: docs/formats/session.md.
#pragma once

#include "mpyc-adapter/consent.h"

namespace jointca::mpyc {

/// The purpose under whose key grants are signed.
inline constexpr std::string_view grants_purpose = "session-grants";
/// Of the whole token.
inline constexpr std::size_t grant_bytes_max = 1024;

struct Grant {
  Digest authority{};
  std::array<std::uint8_t, 16> session{};
  Digest manifest{};  ///< its digest
  Digest consents{};  ///< consents_digest()
  Time not_before;
  Time not_after;  ///< from then on it holds no more, RFC 7519 §4.1.4

  bool operator==(const Grant&) const = default;
};

/// SHA-256 of the tokens in seat order, each with a line feed.
[[nodiscard]] Digest consents_digest(const std::vector<std::string>& tokens);

/// What the parties sign, once open_consents() holds: everyone derives the same. `tokens` in seat
/// order.
[[nodiscard]] Grant grant_of(const Manifest& manifest, const std::vector<std::string>& tokens);

/// The signing input of the token: what the parties sign, and what the logs have.
[[nodiscard]] Bytes to_be_signed(const Grant& grant);
/// Accepts exactly what to_be_signed() writes, of windows within window_max.
[[nodiscard]] Parsed<Grant> parse_grant(BytesView signed_bytes);

/// SHA-256 of the to-be-signed bytes: the grant's name in logs and revocation lists.
[[nodiscard]] Digest fingerprint(const Grant& grant);

/// The token.
[[nodiscard]] std::string assemble(const Grant& grant, const SignatureBytes& signature);

/// Fails unless the token is that of exactly this grant, signed by `key`, the authority's key of
/// the purpose: rules "grant.malformed", "grant.content", "grant.signature". The time is
/// in_window()'s.
[[nodiscard]] Result<Ok, Rejection> verify_grant(std::string_view token, const Grant& expected,
                                                 const PublicKey& key);

}  // namespace jointca::mpyc
