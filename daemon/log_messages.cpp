#include "daemon/log_messages.h"

#include "log/entry.h"
#include "log/note.h"

namespace jointca::daemon {
namespace {

constexpr std::uint8_t version = 1;
constexpr std::size_t envelope_bytes_max = std::size_t{300} * 1024;

}  // namespace

// LoggedMessage
//   u8     version = 1
//   u8[32] request
//   u16    hosts, 1 … hosts_max, each: text16 rule, u8 by operator
//   u64    time, u64 first
//   u8     edge, at most 63, each u8[32]
//   text16 checkpoint
void encode(const LoggedMessage& message, Writer& out) {
  out.integer(version).bytes(message.request);
  out.integer(static_cast<std::uint16_t>(message.approvals.size()));
  for (const LoggedApproval& approval : message.approvals)
    out.text16(approval.rule).integer(static_cast<std::uint8_t>(approval.by_operator));
  encode_time(message.time, out);
  out.integer(message.first).integer(static_cast<std::uint8_t>(message.edge.size()));
  for (const Digest& hash : message.edge) out.bytes(hash);
  out.text16(message.checkpoint);
}

Parsed<LoggedMessage> parse(std::type_identity<LoggedMessage>, BytesView payload) {
  Reader in(payload);
  JCA_TRY(in.expect(version, "version"));
  LoggedMessage message;
  JCA_ASSIGN(message.request, in.array<32>());
  JCA_ASSIGN(const auto hosts, in.integer<std::uint16_t>(1, hosts_max));
  for (unsigned i = 0; i < hosts; ++i) {
    LoggedApproval approval;
    JCA_ASSIGN(approval.rule, in.text16(rule_bytes_max));
    JCA_ASSIGN(const auto by_operator, in.integer<std::uint8_t>(0, 1));
    approval.by_operator = by_operator == 1;
    message.approvals.push_back(std::move(approval));
  }
  JCA_ASSIGN(message.time, parse_time(in));
  JCA_ASSIGN(message.first, in.integer<std::uint64_t>(0, log::size_max));
  JCA_ASSIGN(const auto edge, in.integer<std::uint8_t>(0, log::proof_hashes_max));
  for (unsigned i = 0; i < edge; ++i) {
    JCA_ASSIGN(const auto hash, in.array<32>());
    message.edge.push_back(hash);
  }
  JCA_ASSIGN(message.checkpoint, in.text16(checkpoint_bytes_max));
  JCA_TRY(in.finish());
  return message;
}

// ProofsMessage: u8 version = 1; u8 signers, 2 … parties_max, each: u32 length, then the Envelope
void encode(const ProofsMessage& message, Writer& out) {
  out.integer(version).integer(static_cast<std::uint8_t>(message.logged.size()));
  for (const Envelope& envelope : message.logged) out.prefixed32(encoded(envelope));
}

Parsed<ProofsMessage> parse(std::type_identity<ProofsMessage>, BytesView payload) {
  Reader in(payload);
  JCA_TRY(in.expect(version, "version"));
  ProofsMessage message;
  JCA_ASSIGN(const auto signers, in.integer<std::uint8_t>(2, parties_max));
  for (unsigned i = 0; i < signers; ++i) {
    JCA_ASSIGN(const auto bytes, in.prefixed32(envelope_bytes_max));
    JCA_ASSIGN(auto envelope, parse(std::type_identity<Envelope>{}, bytes));
    if (!message.logged.empty() && envelope.header.from <= message.logged.back().header.from)
      return in.fail("signers must ascend");
    message.logged.push_back(std::move(envelope));
  }
  JCA_TRY(in.finish());
  return message;
}

namespace {

void encode_body(const Cosignature& message, Writer& out) {
  out.integer(message.log).integer(message.size).text16(message.line);
}

Parsed<Cosignature> read_cosignature(Reader& in) {
  Cosignature message;
  JCA_ASSIGN(message.log, in.integer<std::uint16_t>(1, parties_max));
  JCA_ASSIGN(message.size, in.integer<std::uint64_t>(1, log::size_max));
  JCA_ASSIGN(message.line, in.text16(signature_line_bytes_max));
  return message;
}

}  // namespace

// Cosignature: u8 version = 1; u16 log, u64 size, text16 line
void encode(const Cosignature& message, Writer& out) {
  out.integer(version);
  encode_body(message, out);
}

Parsed<Cosignature> parse(std::type_identity<Cosignature>, BytesView payload) {
  Reader in(payload);
  JCA_TRY(in.expect(version, "version"));
  JCA_ASSIGN(auto message, read_cosignature(in));
  JCA_TRY(in.finish());
  return message;
}

// ReleasedMessage
//   u8     version = 1
//   u8     cosignatures, each: u16 log, u64 size, text16 line
//   u32    length, then the Envelope of the shares
void encode(const ReleasedMessage& message, Writer& out) {
  out.integer(version).integer(static_cast<std::uint8_t>(message.cosignatures.size()));
  for (const Cosignature& each : message.cosignatures) encode_body(each, out);
  out.prefixed32(encoded(message.shares));
}

Parsed<ReleasedMessage> parse(std::type_identity<ReleasedMessage>, BytesView payload) {
  Reader in(payload);
  JCA_TRY(in.expect(version, "version"));
  ReleasedMessage message;
  JCA_ASSIGN(const auto count, in.integer<std::uint8_t>(0, parties_max));
  for (unsigned i = 0; i < count; ++i) {
    JCA_ASSIGN(auto each, read_cosignature(in));
    message.cosignatures.push_back(std::move(each));
  }
  JCA_ASSIGN(const auto bytes, in.prefixed32(envelope_bytes_max));
  JCA_ASSIGN(message.shares, parse(std::type_identity<Envelope>{}, bytes));
  JCA_TRY(in.finish());
  return message;
}

// LogQuery: u8 version = 1; u16 log, u64 size, text16 yours
void encode(const LogQuery& message, Writer& out) {
  out.integer(version).integer(message.log).integer(message.size).text16(message.yours);
}

Parsed<LogQuery> parse(std::type_identity<LogQuery>, BytesView payload) {
  Reader in(payload);
  JCA_TRY(in.expect(version, "version"));
  LogQuery message;
  JCA_ASSIGN(message.log, in.integer<std::uint16_t>(1, parties_max));
  JCA_ASSIGN(message.size, in.integer<std::uint64_t>(0, log::size_max));
  JCA_ASSIGN(message.yours, in.text16(checkpoint_bytes_max));
  JCA_TRY(in.finish());
  return message;
}

// LogPart: u8 version = 1; u16 entries, each: u16 length, then the entry; text16 checkpoint, yours
void encode(const LogPart& message, Writer& out) {
  out.integer(version).integer(static_cast<std::uint16_t>(message.entries.size()));
  for (const Bytes& entry : message.entries) out.prefixed16(entry);
  out.text16(message.checkpoint).text16(message.yours);
}

Parsed<LogPart> parse(std::type_identity<LogPart>, BytesView payload) {
  Reader in(payload);
  JCA_TRY(in.expect(version, "version"));
  LogPart message;
  JCA_ASSIGN(const auto count, in.integer<std::uint16_t>(0, part_entries_max));
  for (unsigned i = 0; i < count; ++i) {
    JCA_ASSIGN(const auto entry, in.prefixed16(log::entry_bytes_max));
    message.entries.push_back(to_bytes(entry));
  }
  JCA_ASSIGN(message.checkpoint, in.text16(checkpoint_bytes_max));
  JCA_ASSIGN(message.yours, in.text16(checkpoint_bytes_max));
  JCA_TRY(in.finish());
  return message;
}

}  // namespace jointca::daemon
