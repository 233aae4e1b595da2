// threshold/echo.h — agreement on what was sent to all (Goldwasser–Lindell echo), pure.
//
// After a broadcast round every party sends everyone the SignedHeaders of what it received. Equal
// views mean one message per sender; two different digests under one header convict the sender.
#pragma once

#include "threshold/round.h"

namespace jointca {

/// What one party saw of one broadcast round, its own message included: one per party, in order.
struct EchoMessage {
  static constexpr std::string_view malformed = "broadcast.malformed";
  std::vector<SignedHeader> received;
};

/// Our view, from the (already verified) envelopes of all parties, our own included.
[[nodiscard]] EchoMessage echo_message(const PerParty<Envelope>& received);

/// Compares the views of our peers with ours. `own` is our EchoMessage; `roster` holds the identity
/// key of every party of the session. Faults: "broadcast.equivocation" (proven, two headers) and
/// "broadcast.echo" (proven): an echo that shows a header which its alleged sender did not sign, or
/// that is not one header per party of this session and round.
Outcome<Ok> compare_echoes(const EchoMessage& own, const PerParty<EchoMessage>& echoes,
                           const PerParty<PublicKey>& roster);

/// Whether `echo` is an honest account of a view: one header for each party of `roster`, all of
/// `expected`'s authority, session and round, to all, each signed by its sender.
[[nodiscard]] bool is_sound_echo(const EchoMessage& echo, const Header& expected,
                                 const PerParty<PublicKey>& roster);

void encode(const EchoMessage& message, Writer& out);
Parsed<EchoMessage> parse(std::type_identity<EchoMessage>, BytesView input);

}  // namespace jointca
