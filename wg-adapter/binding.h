// wg-adapter/binding.h — a WireGuard binding: whose key it is, where it is reached, which addresses
// are its own, and for how long. The parties sign it together, as a JSON Web Token that any JOSE
// library verifies. Layout: docs/formats/binding.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/time.h"
#include "ca/subject.h"
#include "crypto/signing_key.h"

namespace jointca::wireguard {

/// The purpose under whose key bindings are signed.
inline constexpr std::string_view bindings_purpose = "bindings";
/// Of the whole token.
inline constexpr std::size_t binding_bytes_max = 4096;

struct Binding {
  Digest authority{};
  Digest serial{};                   ///< digest of the request that it answers
  std::string name;                  ///< of the host
  Digest public_key{};               ///< X25519
  std::vector<ca::Prefix> networks;  ///< the host's addresses, each with the overlay's length
  std::string endpoint;              ///< "192.0.2.1:51820", "[2001:db8::1]:51820", or empty
  std::vector<std::string> groups;
  Time not_before;
  Time not_after;  ///< from then on it holds no more, RFC 7519 §4.1.4

  bool operator==(const Binding&) const = default;
};

/// Why a binding is not issued.
struct Rejection {
  std::string rule;    ///< a stable name: "name", "low order key"
  std::string reason;  ///< a sentence for people, without the rule's name
};

/// What a subject's binding says; its networks sorted by address, IPv4 first, as they are issued.
[[nodiscard]] Binding binding_of(const ca::Subject& subject, const Digest& authority,
                                 const Digest& serial, const Digest& public_key,
                                 std::string endpoint);

/// The signing input of the token: what the parties sign, and what the logs have.
[[nodiscard]] Bytes to_be_signed(const Binding& binding);
/// Accepts exactly what to_be_signed() writes, and of that only names, groups and endpoints that
/// are well-formed, and 1 to 8 networks.
[[nodiscard]] Parsed<Binding> parse_to_be_signed(BytesView signed_bytes);

/// SHA-256 of the to-be-signed bytes: the binding's name in logs and revocation lists.
[[nodiscard]] Digest fingerprint(const Binding& binding);

/// The token.
[[nodiscard]] std::string assemble(const Binding& binding, const SignatureBytes& signature);

/// What a token says, before its signature was checked.
struct Unverified {
  Binding binding;
  std::string signing_input;
  SignatureBytes signature{};
};
/// Fails unless it is the token of a binding of `authority` in canonical form. Its header is then
/// the one that asks for Ed25519.
[[nodiscard]] Result<Unverified, Error> read_token(std::string_view token, const Digest& authority);
/// That the signature does not hold.
[[nodiscard]] Error unsigned_binding();

/// The binding in a token, if it is one of `authority` that `key`, the authority's key of the
/// purpose, signed. The time is checked by valid_at().
[[nodiscard]] Result<Binding, Error> open(std::string_view token, const Digest& authority,
                                          const PublicKey& key);

/// Whether `time` is not before not_before and before not_after.
[[nodiscard]] bool valid_at(const Binding& binding, Time time);

/// Whether a signer may sign this. The rules, in order: "name", "group", "low order key",
/// "no network", "network count", "zero address", "4in6 address", "prefix", "network address",
/// "broadcast address", "network order", "endpoint", "validity", "size", "encoding".
[[nodiscard]] Result<Ok, Rejection> check_issuable(const Binding& binding);

}  // namespace jointca::wireguard
