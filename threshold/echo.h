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
/// key of every party of the session. Faults: "broadcast.equivocation" (proven, two headers),
/// "broadcast.echo" (proven): an echo that is_sound_echo() is not; and, in rounds of signers,
/// "broadcast.signers" (local): an echo of other parties than the session's.
Outcome<Ok> compare_echoes(const EchoMessage& own, const PerParty<EchoMessage>& echoes,
                           const PerParty<PublicKey>& roster);

/// Whether `echo` is an honest account of a view: headers of parties of `roster` in order, one of
/// each, all of `expected`'s authority, session and round, to all, each signed by its sender. In a
/// round of signers some of the roster may be missing: a stranger, whose roster is that of the
/// authority, does not know who the signers are.
[[nodiscard]] bool is_sound_echo(const EchoMessage& echo, const Header& expected,
                                 const PerParty<PublicKey>& roster);

void encode(const EchoMessage& message, Writer& out);
Parsed<EchoMessage> parse(std::type_identity<EchoMessage>, BytesView input);

}  // namespace jointca
