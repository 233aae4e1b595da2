// crypto/jws.h — JSON Web Signatures in the compact serialization (RFC 7515 §3.1), signed by
// Ed25519 (RFC 8037 §3.1).
//
// The algorithm is chosen by the type of the key with which one verifies, never by the token: its
// `alg` only has to agree.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "crypto/signing_key.h"

namespace jointca::jws {

/// The `alg` of Ed25519 signatures.
inline constexpr std::string_view eddsa = "EdDSA";
inline constexpr std::size_t header_bytes_max = 1024;

/// What is signed: base64url(header) "." base64url(payload), both any bytes, usually JSON.
[[nodiscard]] std::string signing_input(std::string_view header, std::string_view payload);

/// The compact text: the signing input "." base64url(signature).
[[nodiscard]] std::string join(std::string_view signing_input, BytesView signature);

/// The two parts of a signing input, decoded. Nothing about their content is checked.
struct Content {
  std::string header;
  std::string payload;
};
/// Strict: exactly two parts of base64url without padding, in its one canonical form.
[[nodiscard]] Parsed<Content> parse_signing_input(std::string_view text);

struct Compact {
  std::string signing_input;
  Content content;
  Bytes signature;
};
/// Strict, as above; at most `bytes_max` bytes. Checks neither the header nor the signature.
[[nodiscard]] Parsed<Compact> parse(std::string_view text, std::size_t bytes_max);

/// Whether a header names `algorithm` and has no critical extensions ("crit": we know none, RFC
/// 7515 §4.1.11). Other fields are the caller's.
[[nodiscard]] Parsed<Ok> check_header(std::string_view header, std::string_view algorithm);

/// The signature, if the header asks for EdDSA and nothing that we do not know.
[[nodiscard]] Parsed<SignatureBytes> ed25519_signature(const Compact& token);

/// Whether that verifies under `key`.
[[nodiscard]] Parsed<Ok> verify(const Compact& token, const PublicKey& key);

}  // namespace jointca::jws
