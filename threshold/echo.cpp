#include "threshold/echo.h"

#include <algorithm>

namespace jointca {

EchoMessage echo_message(const PerParty<Envelope>& received) {
  EchoMessage echo;
  for (const auto& [from, envelope] : received) {
    JCA_ASSERT(envelope.header.from == from.value());
    echo.received.push_back(header_of(envelope));
  }
  return echo;
}

bool is_sound_echo(const EchoMessage& echo, const Header& expected,
                   const PerParty<PublicKey>& roster) {
  if (echo.received.size() != roster.size() && !round_number::is_of_signers(expected.round))
    return false;
  std::uint16_t before = 0;
  for (const SignedHeader& seen : echo.received) {
    const Header& header = seen.header;
    const bool belongs = header.authority == expected.authority &&
                         header.session == expected.session && header.round == expected.round &&
                         header.from > before && header.to == 0;
    if (!belongs) return false;
    const auto identity = roster.find(Identifier(header.from));
    if (identity == roster.end() || !verify(seen, identity->second)) return false;
    before = header.from;
  }
  return true;
}

namespace {

/// Whether two echoes are of the same senders.
bool same_senders(const EchoMessage& a, const EchoMessage& b) {
  return std::equal(
      a.received.begin(), a.received.end(), b.received.begin(), b.received.end(),
      [](const SignedHeader& x, const SignedHeader& y) { return x.header.from == y.header.from; });
}

}  // namespace

Outcome<Ok> compare_echoes(const EchoMessage& own, const PerParty<EchoMessage>& echoes,
                           const PerParty<PublicKey>& roster) {
  JCA_ASSERT(own.received.size() == roster.size());
  const Header& expected = own.received.front().header;
  Blame blame{"the parties were not sent the same messages", {}};
  PartySet equivocators;
  for (const auto& [witness, echo] : echoes) {
    // The common case costs no signature check: the same bytes as ours, which we have verified.
    if (echo.received == own.received) continue;
    if (!is_sound_echo(echo, expected, roster)) {
      blame.faults.push_back({witness,
                              Fault::Standing::proven,
                              "broadcast.echo",
                              {{round_number::echo_of(expected.round), Exhibit::Kind::to_all}}});
      continue;
    }
    if (!same_senders(own, echo)) {
      blame.faults.push_back(local_fault(witness, "broadcast.signers"));
      continue;
    }
    for (std::size_t i = 0; i < own.received.size(); ++i) {
      const SignedHeader &ours = own.received[i], &theirs = echo.received[i];
      const Identifier sender(ours.header.from);
      if (ours.payload_digest == theirs.payload_digest || equivocators.contains(sender)) continue;
      equivocators.insert(sender);
      blame.faults.push_back(
          {sender, Fault::Standing::proven, "broadcast.equivocation", {}, {ours, theirs}});
    }
  }
  if (!blame.faults.empty()) return Unexpected{std::move(blame)};
  return Ok{};
}

// EchoMessage
//   u8             version = 1
//   u8             count, 1 … parties_max
//   SignedHeader   received[count]
void encode(const EchoMessage& message, Writer& out) {
  out.integer(std::uint8_t{1}).integer(static_cast<std::uint8_t>(message.received.size()));
  for (const SignedHeader& header : message.received) encode(header, out);
}

Parsed<EchoMessage> parse(std::type_identity<EchoMessage>, BytesView input) {
  Reader in(input);
  JCA_TRY(in.expect(1, "echo version"));
  JCA_ASSIGN(const auto count, in.integer<std::uint8_t>(1, parties_max));
  EchoMessage out;
  for (std::uint8_t i = 0; i < count; ++i) {
    JCA_ASSIGN(const SignedHeader header, read_signed_header(in));
    out.received.push_back(header);
  }
  JCA_TRY(in.finish());
  return out;
}

}  // namespace jointca
