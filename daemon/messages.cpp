#include "daemon/messages.h"

#include <algorithm>

#include "daemon/asked.h"
#include "issued/statement.h"

namespace jointca::daemon {
namespace {

constexpr std::uint8_t version = 1;
constexpr std::uint8_t session_version = 2;  // of a message about a session of MPyC
constexpr std::size_t reason_bytes_max = 512;
constexpr std::size_t commitments_bytes_max = 16 + hosts_max * issued::statements_per_host_max * 64;
constexpr std::size_t envelope_bytes_max = 300 * 1024;
constexpr std::size_t parameters_bytes_max = 128 * 1024;

/// Text that will be shown and logged: printable ASCII, as shortened() writes it.
Parsed<std::string> read_line(Reader& in, std::size_t bytes_max) {
  JCA_ASSIGN(auto text, in.text16(bytes_max));
  if (std::any_of(text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }))
    return in.fail("not a line of text");
  return text;
}

void encode_address(const ca::IpAddress& address, Writer& out) { out.prefixed16(address.bytes()); }

Parsed<ca::IpAddress> parse_address(Reader& in) {
  JCA_ASSIGN(const auto bytes, in.prefixed16(16));
  const auto address = ca::IpAddress::from_bytes(bytes);
  if (!address) return in.fail("an address has 4 or 16 bytes");
  return *address;
}

void encode_networks(const std::vector<ca::Prefix>& networks, Writer& out) {
  out.integer(static_cast<std::uint8_t>(networks.size()));
  for (const ca::Prefix& prefix : networks) {
    encode_address(prefix.address, out);
    out.integer(prefix.bits);
  }
}

Parsed<std::vector<ca::Prefix>> parse_networks(Reader& in) {
  JCA_ASSIGN(const auto count, in.integer<std::uint8_t>(0, ca::host_networks_max));
  std::vector<ca::Prefix> networks;
  for (unsigned i = 0; i < count; ++i) {
    JCA_ASSIGN(const auto address, parse_address(in));
    JCA_ASSIGN(const auto bits, in.integer<std::uint8_t>());
    if (bits > address.bits()) return in.fail("prefix longer than its address");
    networks.push_back({address, bits});
  }
  return networks;
}

}  // namespace

void encode_time(Time time, Writer& out) {
  out.integer(static_cast<std::uint64_t>(unix_seconds(time)));
}

Parsed<Time> parse_time(Reader& in) {
  // Up to the year 9999, so that arithmetic on times cannot overflow.
  JCA_ASSIGN(const auto seconds, in.integer<std::uint64_t>(0, std::uint64_t{unix_seconds_max}));
  return time_from_unix(static_cast<std::int64_t>(seconds));
}

// Subject: text16 name; u8 networks as above; u8 groups, each text16; u64 not_before, u64 not_after
void encode_subject(const ca::Subject& subject, Writer& out) {
  out.text16(subject.name);
  encode_networks(subject.networks, out);
  out.integer(static_cast<std::uint8_t>(subject.groups.size()));
  for (const std::string& group : subject.groups) out.text16(group);
  encode_time(subject.not_before, out);
  encode_time(subject.not_after, out);
}

Parsed<ca::Subject> read_subject(Reader& in) {
  ca::Subject subject;
  JCA_ASSIGN(subject.name, in.text16(ca::host_name_bytes_max));
  JCA_ASSIGN(subject.networks, parse_networks(in));
  JCA_ASSIGN(const auto count, in.integer<std::uint8_t>(0, ca::host_groups_max));
  for (unsigned i = 0; i < count; ++i) {
    JCA_ASSIGN(auto group, in.text16(ca::group_name_bytes_max));
    subject.groups.push_back(std::move(group));
  }
  JCA_ASSIGN(subject.not_before, parse_time(in));
  JCA_ASSIGN(subject.not_after, parse_time(in));
  return subject;
}

namespace {

/// A presence byte, 0 or 1.
Parsed<bool> parse_flag(Reader& in) {
  JCA_ASSIGN(const auto flag, in.integer<std::uint8_t>(0, 1));
  return flag == 1;
}

/// Text of libraries and systems as a line that every party accepts: printable ASCII.
std::string shortened(std::string_view text, std::size_t bytes_max) {
  std::string line(text.substr(0, bytes_max));
  for (char& c : line)
    if (c < ' ' || c > '~') c = ' ';
  return line;
}

void encode_signers(const std::vector<std::uint16_t>& signers, Writer& out) {
  out.integer(static_cast<std::uint8_t>(signers.size()));
  for (const std::uint16_t signer : signers) out.integer(signer);
}

Parsed<std::vector<std::uint16_t>> parse_signers(Reader& in) {
  JCA_ASSIGN(const auto count, in.integer<std::uint8_t>(0, parties_max));
  std::vector<std::uint16_t> signers;
  for (unsigned i = 0; i < count; ++i) {
    JCA_ASSIGN(const auto signer, in.integer<std::uint16_t>(1, parties_max));
    if (!signers.empty() && signer <= signers.back()) return in.fail("signers must ascend");
    signers.push_back(signer);
  }
  return signers;
}

void encode(const HostAnswer& answer, Writer& out) {
  out.integer(static_cast<std::uint8_t>(answer.standing));
  if (answer.standing == HostAnswer::Standing::approved) return;
  out.text16(shortened(answer.rule, rule_bytes_max));
  out.text16(shortened(answer.reason, reason_bytes_max));
  out.integer(static_cast<std::uint8_t>(answer.final));
  out.integer(static_cast<std::uint8_t>(answer.taken.has_value()));
  if (answer.taken) encode_address(*answer.taken, out);
  out.integer(static_cast<std::uint8_t>(answer.recorded.has_value()));
  if (answer.recorded) encode_subject(*answer.recorded, out);
  out.text16(answer.certificates);
  encode_signers(answer.signers, out);
}

Parsed<HostAnswer> parse_host_answer(Reader& in) {
  HostAnswer answer;
  JCA_ASSIGN(const auto standing, in.integer<std::uint8_t>(0, 2));
  answer.standing = static_cast<HostAnswer::Standing>(standing);
  if (answer.standing == HostAnswer::Standing::approved) return answer;
  JCA_ASSIGN(answer.rule, read_line(in, rule_bytes_max));
  JCA_ASSIGN(answer.reason, read_line(in, reason_bytes_max));
  JCA_ASSIGN(answer.final, parse_flag(in));
  JCA_ASSIGN(const bool has_taken, parse_flag(in));
  if (has_taken) {
    JCA_ASSIGN(answer.taken, parse_address(in));
  }
  JCA_ASSIGN(const bool has_recorded, parse_flag(in));
  if (has_recorded) {
    JCA_ASSIGN(answer.recorded, read_subject(in));
  }
  JCA_ASSIGN(answer.certificates, in.text16(certificates_bytes_max));
  JCA_ASSIGN(answer.signers, parse_signers(in));
  return answer;
}

/// Whether the message is about a session.
Parsed<bool> read_version(Reader& in) {
  JCA_ASSIGN(const auto stated, in.integer<std::uint8_t>());
  if (stated != version && stated != session_version) return in.fail("unknown version");
  return stated == session_version;
}

/// The request of a host, which is no session's.
Parsed<Bytes> read_request(Reader& in) {
  JCA_ASSIGN(const auto request, in.prefixed16(enroll::request_bytes_max));
  if (mpyc::is_session_request(request)) return in.fail("a session is not among hosts");
  return to_bytes(request);
}

Parsed<Bytes> read_session_request(Reader& in) {
  JCA_ASSIGN(const auto request, in.prefixed32(mpyc::session_request_bytes_max));
  if (!mpyc::is_session_request(request)) return in.fail("no request for a session");
  return to_bytes(request);
}

template <class Elements>
bool is_of_a_session(const Elements& elements) {
  return elements.size() == 1 && mpyc::is_session_request(elements[0].request);
}

}  // namespace

// ProposalMessage
//   u8     version = 1
//   u16    hosts, 1 … hosts_max, each:
//     u16  length, then the sealed request
//     u8   networks, each: u16 length, 4 or 16 bytes, u8 bits
//     u64  not_before, u64 not_after
// or
//   u8     version = 2
//   u32    length, then the request for a session
void encode(const ProposalMessage& message, Writer& out) {
  if (is_of_a_session(message.hosts)) {
    out.integer(session_version).prefixed32(message.hosts[0].request);
    return;
  }
  out.integer(version).integer(static_cast<std::uint16_t>(message.hosts.size()));
  for (const ProposedHost& host : message.hosts) {
    out.prefixed16(host.request);
    encode_networks(host.networks, out);
    encode_time(host.not_before, out);
    encode_time(host.not_after, out);
  }
}

Parsed<ProposalMessage> parse(std::type_identity<ProposalMessage>, BytesView payload) {
  Reader in(payload);
  ProposalMessage message;
  JCA_ASSIGN(const bool of_a_session, read_version(in));
  if (of_a_session) {
    ProposedHost session;
    JCA_ASSIGN(session.request, read_session_request(in));
    message.hosts.push_back(std::move(session));
    JCA_TRY(in.finish());
    return message;
  }
  JCA_ASSIGN(const auto count, in.integer<std::uint16_t>(1, hosts_max));
  for (unsigned i = 0; i < count; ++i) {
    ProposedHost host;
    JCA_ASSIGN(host.request, read_request(in));
    JCA_ASSIGN(host.networks, parse_networks(in));
    JCA_ASSIGN(host.not_before, parse_time(in));
    JCA_ASSIGN(host.not_after, parse_time(in));
    message.hosts.push_back(std::move(host));
  }
  JCA_TRY(in.finish());
  return message;
}

// CommitmentsMessage
//   u8       version = 1
//   u8[32]   proposal, u8[64] coordinator_signature
//   u16      hosts, each: u8 standing; unless approved: rule, reason, final, taken?, recorded?,
//            text16 certificates, u8 signers, each u16
//   u32      length, then the frost::CommitMessage
void encode(const CommitmentsMessage& message, Writer& out) {
  out.integer(version).bytes(message.proposal).bytes(message.coordinator_signature);
  out.integer(static_cast<std::uint16_t>(message.hosts.size()));
  for (const HostAnswer& answer : message.hosts) encode(answer, out);
  out.prefixed32(message.commitments);
}

Parsed<CommitmentsMessage> parse(std::type_identity<CommitmentsMessage>, BytesView payload) {
  Reader in(payload);
  JCA_TRY(in.expect(version, "version"));
  CommitmentsMessage message;
  JCA_ASSIGN(message.proposal, in.array<32>());
  JCA_ASSIGN(message.coordinator_signature, in.array<64>());
  JCA_ASSIGN(const auto count, in.integer<std::uint16_t>(1, hosts_max));
  for (unsigned i = 0; i < count; ++i) {
    JCA_ASSIGN(auto answer, parse_host_answer(in));
    message.hosts.push_back(std::move(answer));
  }
  JCA_ASSIGN(const auto commitments, in.prefixed32(commitments_bytes_max));
  message.commitments = to_bytes(commitments);
  JCA_TRY(in.finish());
  return message;
}

std::optional<frost::CommitMessage> commitments_for(const CommitmentsMessage& message,
                                                    const frost::CommitMessage& all,
                                                    const std::vector<std::uint16_t>& hosts,
                                                    const std::vector<std::size_t>& item_counts) {
  if (message.hosts.size() != item_counts.size()) return std::nullopt;
  frost::CommitMessage selected;
  auto next = all.commitments.begin();
  auto wanted = hosts.begin();
  for (std::size_t host = 0; host < message.hosts.size(); ++host) {
    if (message.hosts[host].standing != HostAnswer::Standing::approved) continue;
    if (all.commitments.end() - next < static_cast<std::ptrdiff_t>(item_counts[host]))
      return std::nullopt;
    const auto end = next + static_cast<std::ptrdiff_t>(item_counts[host]);
    if (wanted != hosts.end() && *wanted == host) {
      selected.commitments.insert(selected.commitments.end(), next, end);
      ++wanted;
    }
    next = end;
  }
  if (wanted != hosts.end() || next != all.commitments.end()) return std::nullopt;
  return selected;
}

// SignRequest
//   u8     version = 1
//   u16    hosts, 1 … hosts_max, each u16 position, ascending
//   u8     signers, 2 … parties_max, each: u32 length, then the Envelope
void encode(const SignRequest& message, Writer& out) {
  out.integer(version).integer(static_cast<std::uint16_t>(message.hosts.size()));
  for (const std::uint16_t position : message.hosts) out.integer(position);
  out.integer(static_cast<std::uint8_t>(message.commitments.size()));
  for (const Envelope& envelope : message.commitments) out.prefixed32(encoded(envelope));
}

Parsed<SignRequest> parse(std::type_identity<SignRequest>, BytesView payload) {
  Reader in(payload);
  JCA_TRY(in.expect(version, "version"));
  JCA_ASSIGN(const auto hosts, in.integer<std::uint16_t>(1, hosts_max));
  SignRequest message;
  for (unsigned i = 0; i < hosts; ++i) {
    JCA_ASSIGN(const auto position, in.integer<std::uint16_t>(0, hosts_max - 1));
    if (!message.hosts.empty() && position <= message.hosts.back())
      return in.fail("positions must ascend");
    message.hosts.push_back(position);
  }
  JCA_ASSIGN(const auto signers, in.integer<std::uint8_t>(2, parties_max));
  for (unsigned i = 0; i < signers; ++i) {
    JCA_ASSIGN(const auto bytes, in.prefixed32(envelope_bytes_max));
    JCA_ASSIGN(auto envelope, parse(std::type_identity<Envelope>{}, bytes));
    if (!message.commitments.empty() &&
        envelope.header.from <= message.commitments.back().header.from)
      return in.fail("signers must ascend");
    message.commitments.push_back(std::move(envelope));
  }
  JCA_TRY(in.finish());
  return message;
}

// OutcomeMessage
//   u8     version = 1
//   u16    hosts, 1 … hosts_max, each:
//     u16  length, then the sealed request
//     u16  length, then the certificates as PEM
//     u8   signers, each u16 identifier, ascending
// or
//   u8     version = 2
//   u32    length, then the request for a session; u16 length, then grant and certificates; signers
void encode(const OutcomeMessage& message, Writer& out) {
  if (is_of_a_session(message.hosts)) {
    const IssuedHost& session = message.hosts[0];
    out.integer(session_version).prefixed32(session.request).text16(session.certificates);
    encode_signers(session.signers, out);
    return;
  }
  out.integer(version).integer(static_cast<std::uint16_t>(message.hosts.size()));
  for (const IssuedHost& host : message.hosts) {
    out.prefixed16(host.request).text16(host.certificates);
    encode_signers(host.signers, out);
  }
}

Parsed<OutcomeMessage> parse(std::type_identity<OutcomeMessage>, BytesView payload) {
  Reader in(payload);
  JCA_ASSIGN(const bool of_a_session, read_version(in));
  std::uint16_t count = 1;
  if (!of_a_session) {
    JCA_ASSIGN(count, in.integer<std::uint16_t>(1, hosts_max));
  }
  OutcomeMessage message;
  for (unsigned i = 0; i < count; ++i) {
    IssuedHost host;
    JCA_ASSIGN(host.request, of_a_session ? read_session_request(in) : read_request(in));
    JCA_ASSIGN(host.certificates, in.text16(certificates_bytes_max));
    JCA_ASSIGN(host.signers, parse_signers(in));
    if (host.signers.size() < 2) return in.fail("too few signers");
    message.hosts.push_back(std::move(host));
  }
  JCA_TRY(in.finish());
  return message;
}

// Declined: u8 version = 1, text16 code, text16 reason, u16 about
void encode(const Declined& message, Writer& out) {
  out.integer(version).text16(shortened(message.code, rule_bytes_max));
  out.text16(shortened(message.reason, reason_bytes_max)).integer(message.about);
}

Parsed<Declined> parse(std::type_identity<Declined>, BytesView payload) {
  Reader in(payload);
  JCA_TRY(in.expect(version, "version"));
  Declined message;
  JCA_ASSIGN(message.code, read_line(in, rule_bytes_max));
  JCA_ASSIGN(message.reason, read_line(in, reason_bytes_max));
  JCA_ASSIGN(message.about, in.integer<std::uint16_t>(0, parties_max));
  JCA_TRY(in.finish());
  return message;
}

// HelloMessage
//   u8     version = 1
//   u32    length, then the CeremonyParameters
//   u8[32] nonce, u64 now, u8[32] pending
void encode(const HelloMessage& message, Writer& out) {
  out.integer(version).prefixed32(message.parameters).bytes(message.nonce);
  encode_time(message.now, out);
  out.bytes(message.pending);
}

Parsed<HelloMessage> parse(std::type_identity<HelloMessage>, BytesView payload) {
  Reader in(payload);
  JCA_TRY(in.expect(version, "version"));
  HelloMessage message;
  JCA_ASSIGN(const auto parameters, in.prefixed32(parameters_bytes_max));
  message.parameters = to_bytes(parameters);
  JCA_ASSIGN(message.nonce, in.array<32>());
  JCA_ASSIGN(message.now, parse_time(in));
  JCA_ASSIGN(message.pending, in.array<32>());
  JCA_TRY(in.finish());
  return message;
}

}  // namespace jointca::daemon
