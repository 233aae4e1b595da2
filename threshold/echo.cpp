#include "threshold/echo.h"

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
  if (echo.received.size() != roster.size()) return false;
  auto seen = echo.received.begin();
  for (const auto& [party, identity] : roster) {
    const Header& header = seen->header;
    const bool belongs = header.authority == expected.authority &&
                         header.session == expected.session && header.round == expected.round &&
                         header.from == party.value() && header.to == 0;
    if (!belongs || !verify(*seen, identity)) return false;
    ++seen;
  }
  return true;
}

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
