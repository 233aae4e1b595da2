// threshold/envelope.h — every message between parties: addressed, and signed by its sender.
//
// The signature covers the header and the SHA-256 of the payload, so a SignedHeader is verifiable
// without the payload, and two SignedHeaders with one header and different payload digests prove
// that their sender said two things. (authority, session) must be fresh for every run of a
// protocol: an honest party never signs two payloads under one header.
#pragma once

#include <compare>
#include <type_traits>

#include "base/codec.h"
#include "crypto/signing_key.h"
#include "threshold/party.h"

namespace jointca {

inline constexpr std::size_t payload_bytes_max = std::size_t{1} << 20;

/// 70 bytes on the wire, in this order.
struct Header {
  Digest authority{};       ///< the authority id; in a ceremony, the digest of its parameters
  Digest session{};         ///< one run of one protocol
  std::uint16_t round = 0;  ///< which message of which protocol: threshold/round.h
  std::uint16_t from = 0;   ///< the sender's identifier, never 0
  std::uint16_t to = 0;     ///< the recipient's identifier; 0 = all

  auto operator<=>(const Header&) const = default;
};

/// An envelope without its payload.
struct SignedHeader {
  Header header;
  Digest payload_digest{};  ///< SHA-256
  SignatureBytes signature{};

  auto operator<=>(const SignedHeader&) const = default;
};

struct Envelope {
  Header header;
  Bytes payload;  ///< at most payload_bytes_max
  SignatureBytes signature{};

  bool operator==(const Envelope&) const = default;
};

[[nodiscard]] Envelope seal(const SigningKey& key, const Header& header, Bytes payload);
[[nodiscard]] SignedHeader header_of(const Envelope& envelope);
/// Whether `sender` signed it. Does not check that the header is the expected one.
[[nodiscard]] bool verify(const Envelope& envelope, const PublicKey& sender);
[[nodiscard]] bool verify(const SignedHeader& signed_header, const PublicKey& sender);

void encode(const Header& header, Writer& out);
void encode(const SignedHeader& message, Writer& out);
void encode(const Envelope& message, Writer& out);
Parsed<Header> read_header(Reader& in);
Parsed<SignedHeader> read_signed_header(Reader& in);
Parsed<SignedHeader> parse(std::type_identity<SignedHeader>, BytesView input);
Parsed<Envelope> parse(std::type_identity<Envelope>, BytesView input);

}  // namespace jointca
