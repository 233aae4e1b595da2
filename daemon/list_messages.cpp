#include "daemon/list_messages.h"

namespace jointca::daemon {
namespace {

constexpr std::uint8_t version = 1;
constexpr std::size_t commitments_bytes_max = 256;
constexpr std::size_t envelope_bytes_max = 1024;

Parsed<std::string> read_text32(Reader& in, std::size_t max) {
  JCA_ASSIGN(const auto bytes, in.prefixed32(max));
  return to_text(bytes);
}

}  // namespace

// ListProposal
//   u8     version = 1
//   u32    length, then the text of the list
//   u16    certificates, at most shown_certificates_max, each:
//     text16 kind, u32 length, to-be-signed bytes, u8[64] signature
void encode(const ListProposal& message, Writer& out) {
  out.integer(version).prefixed32(as_bytes(message.list));
  out.integer(static_cast<std::uint16_t>(message.certificates.size()));
  for (const ShownCertificate& each : message.certificates)
    out.text16(each.kind).prefixed32(each.tbs).bytes(each.signature);
}

Parsed<ListProposal> parse(std::type_identity<ListProposal>, BytesView payload) {
  Reader in(payload);
  JCA_TRY(in.expect(version, "version"));
  ListProposal message;
  JCA_ASSIGN(message.list, read_text32(in, ca::revocations_bytes_max));
  JCA_ASSIGN(const auto count, in.integer<std::uint16_t>(0, shown_certificates_max));
  for (unsigned i = 0; i < count; ++i) {
    ShownCertificate each;
    JCA_ASSIGN(each.kind, in.text16(ca::revocation_kind_bytes_max));
    JCA_ASSIGN(const auto tbs, in.prefixed32(shown_tbs_bytes_max));
    each.tbs = to_bytes(tbs);
    JCA_ASSIGN(each.signature, in.array<64>());
    message.certificates.push_back(std::move(each));
  }
  JCA_TRY(in.finish());
  return message;
}

// ListCommitments: u8 version = 1; u8[32] proposal, u8[64] coordinator signature; u16 length, then
// the frost::CommitMessage
void encode(const ListCommitments& message, Writer& out) {
  out.integer(version).bytes(message.proposal).bytes(message.coordinator_signature);
  out.prefixed16(message.commitments);
}

Parsed<ListCommitments> parse(std::type_identity<ListCommitments>, BytesView payload) {
  Reader in(payload);
  JCA_TRY(in.expect(version, "version"));
  ListCommitments message;
  JCA_ASSIGN(message.proposal, in.array<32>());
  JCA_ASSIGN(message.coordinator_signature, in.array<64>());
  JCA_ASSIGN(const auto commitments, in.prefixed16(commitments_bytes_max));
  message.commitments = to_bytes(commitments);
  JCA_TRY(in.finish());
  return message;
}

// ListSignRequest: u8 version = 1; u8 signers, 2 … parties_max, each: u16 length, then the Envelope
void encode(const ListSignRequest& message, Writer& out) {
  out.integer(version).integer(static_cast<std::uint8_t>(message.commitments.size()));
  for (const Envelope& envelope : message.commitments) out.prefixed16(encoded(envelope));
}

Parsed<ListSignRequest> parse(std::type_identity<ListSignRequest>, BytesView payload) {
  Reader in(payload);
  JCA_TRY(in.expect(version, "version"));
  ListSignRequest message;
  JCA_ASSIGN(const auto signers, in.integer<std::uint8_t>(2, parties_max));
  for (unsigned i = 0; i < signers; ++i) {
    JCA_ASSIGN(const auto bytes, in.prefixed16(envelope_bytes_max));
    JCA_ASSIGN(auto envelope, parse(std::type_identity<Envelope>{}, bytes));
    if (!message.commitments.empty() &&
        envelope.header.from <= message.commitments.back().header.from)
      return in.fail("signers must ascend");
    message.commitments.push_back(std::move(envelope));
  }
  JCA_TRY(in.finish());
  return message;
}

// ListStatus: u8 version = 1; u64 number, u64 newest; u32 length, then the document
void encode(const ListStatus& message, Writer& out) {
  out.integer(version)
      .integer(message.number)
      .integer(message.newest)
      .prefixed32(as_bytes(message.document));
}

Parsed<ListStatus> parse(std::type_identity<ListStatus>, BytesView payload) {
  Reader in(payload);
  JCA_TRY(in.expect(version, "version"));
  ListStatus message;
  JCA_ASSIGN(message.number, in.integer<std::uint64_t>(0, ca::revocations_number_max));
  JCA_ASSIGN(message.newest, in.integer<std::uint64_t>(0, ca::revocations_number_max));
  JCA_ASSIGN(message.document, read_text32(in, ca::signed_revocations_bytes_max));
  JCA_TRY(in.finish());
  return message;
}

}  // namespace jointca::daemon
