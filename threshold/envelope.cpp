#include "threshold/envelope.h"

#include "crypto/hash.h"

namespace jointca {
namespace {

constexpr std::uint8_t version = 1;

Bytes signed_bytes(const Header& header, const Digest& payload_digest) {
  Writer out;
  out.text16("jointca/envelope/v1");
  encode(header, out);
  out.bytes(payload_digest);
  return std::move(out).take();
}

}  // namespace

Envelope seal(const SigningKey& key, const Header& header, Bytes payload) {
  const SignatureBytes signature = key.sign(signed_bytes(header, sha256(payload)));
  return {header, std::move(payload), signature};
}

SignedHeader header_of(const Envelope& envelope) {
  return {envelope.header, sha256(envelope.payload), envelope.signature};
}

bool verify(const Envelope& envelope, const PublicKey& sender) {
  return verify(header_of(envelope), sender);
}

bool verify(const SignedHeader& signed_header, const PublicKey& sender) {
  return verify(sender, signed_bytes(signed_header.header, signed_header.payload_digest),
                signed_header.signature);
}

// Header
//   bytes[32]  authority
//   bytes[32]  session
//   u16        round
//   u16        from, 1 … parties_max
//   u16        to, 0 … parties_max
void encode(const Header& header, Writer& out) {
  out.bytes(header.authority).bytes(header.session);
  out.integer(header.round).integer(header.from).integer(header.to);
}

Parsed<Header> read_header(Reader& in) {
  Header header;
  JCA_ASSIGN(header.authority, in.array<32>());
  JCA_ASSIGN(header.session, in.array<32>());
  JCA_ASSIGN(header.round, in.integer<std::uint16_t>());
  JCA_ASSIGN(header.from, in.integer<std::uint16_t>(1, parties_max));
  JCA_ASSIGN(header.to, in.integer<std::uint16_t>(0, parties_max));
  return header;
}

// SignedHeader
//   Header
//   bytes[32]  payload digest
//   bytes[64]  signature
void encode(const SignedHeader& message, Writer& out) {
  encode(message.header, out);
  out.bytes(message.payload_digest).bytes(message.signature);
}

Parsed<SignedHeader> read_signed_header(Reader& in) {
  SignedHeader out;
  JCA_ASSIGN(out.header, read_header(in));
  JCA_ASSIGN(out.payload_digest, in.array<32>());
  JCA_ASSIGN(out.signature, in.array<64>());
  return out;
}

Parsed<SignedHeader> parse(std::type_identity<SignedHeader>, BytesView input) {
  Reader in(input);
  JCA_ASSIGN(const SignedHeader out, read_signed_header(in));
  JCA_TRY(in.finish());
  return out;
}

// Envelope
//   u8         version = 1
//   Header
//   u32        payload length, at most payload_bytes_max
//   bytes      payload
//   bytes[64]  signature
void encode(const Envelope& message, Writer& out) {
  out.integer(version);
  encode(message.header, out);
  out.prefixed32(message.payload).bytes(message.signature);
}

Parsed<Envelope> parse(std::type_identity<Envelope>, BytesView input) {
  Reader in(input);
  JCA_TRY(in.expect(version, "envelope version"));
  Envelope out;
  JCA_ASSIGN(out.header, read_header(in));
  JCA_ASSIGN(const BytesView payload, in.prefixed32(payload_bytes_max));
  out.payload = to_bytes(payload);
  JCA_ASSIGN(out.signature, in.array<64>());
  JCA_TRY(in.finish());
  return out;
}

}  // namespace jointca
