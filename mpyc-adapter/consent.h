// mpyc-adapter/consent.h — a member's word that it runs exactly this manifest: a JSON Web Token
// signed by the host's identity key. Layout: docs/formats/session.md.
//
// All members consent before the parties grant; otherwise someone would compute with a member's
// data on terms that the member did not accept.
#pragma once

#include <optional>

#include "mpyc-adapter/manifest.h"

namespace jointca::mpyc {

/// Of the whole token.
inline constexpr std::size_t consent_bytes_max = 1024;

/// A key of this session alone, for the member's seat on the channel `tls`.
struct SeatKey {
  PublicKey key;
  SignatureBytes proof{};  ///< by the key itself, over seat_key_message()

  bool operator==(const SeatKey&) const = default;
};

struct Consent {
  PublicKey identity;  ///< of the host that consents
  std::uint16_t seat = 0;
  Digest manifest{};             ///< its digest
  std::optional<SeatKey> tls{};  ///< on the channel `tls`, and on no other

  bool operator==(const Consent&) const = default;
};

/// Why a consent, a grant or a session does not hold.
struct Rejection {
  std::string rule;    ///< a stable name: "consent.signature"
  std::string reason;  ///< a sentence for people, without the rule's name
};

/// What the signature covers: the signing input of the token.
[[nodiscard]] Bytes to_be_signed(const Consent& consent);
/// Accepts exactly what to_be_signed() writes.
[[nodiscard]] Parsed<Consent> parse_consent(BytesView signed_bytes);

/// What a seat's key signs to show that its holder consents: no proof of one member, seat or
/// session stands for another.
[[nodiscard]] Bytes seat_key_message(const Consent& consent);

/// The token of the host with this identity key, which has a seat; `tls` is not null on the channel
/// `tls` alone. The same manifest and keys give the same token.
[[nodiscard]] std::string consent_to(const Manifest& manifest, const SigningKey& identity,
                                     const SigningKey* tls);

/// The consent in a token, if it holds for this manifest. The rules, in order:
///   consent.malformed    not the token of a consent, or not in its one form
///   consent.manifest     it is for another manifest
///   consent.seat         the manifest has no such seat
///   consent.identity     it is not that of the seat
///   consent.signature    the identity key did not sign it
///   consent.key          on the channel `tls` without a key, on another one with a key, or the key
///                        is a point of small order or none
///   consent.possession   the seat's key did not sign
[[nodiscard]] Result<Consent, Rejection> open_consent(std::string_view token,
                                                      const Manifest& manifest);

/// The consents of all members, in seat order, whatever the order of the tokens. Further rules:
/// "consents.twice" (two of one seat), "consents.missing" (the reason names who is absent),
/// "consents.key" (two seats with one key).
[[nodiscard]] Result<std::vector<Consent>, Rejection> open_consents(
    const std::vector<std::string>& tokens, const Manifest& manifest);

}  // namespace jointca::mpyc
