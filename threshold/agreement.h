// threshold/agreement.h — what the parties of a session do first: agree by echo on what they are
// about to do, and make a value that none of them could foresee or make again.
//
// Sessions of several rounds take their id from it, so that none comes twice whatever the others
// do; signing takes from it what re-randomises a presignature: the subject is fixed in the same
// message as the nonce, so nobody who could still choose it knew the result.
#pragma once

#include "base/move_only.h"
#include "threshold/round.h"

namespace jointca {

class Rng;

namespace agreement {

/// On the wire: u8 version = 1, bytes[32] subject, bytes[32] nonce.
struct NonceMessage {
  static constexpr std::string_view malformed = "agreement.malformed";
  Digest subject{};  ///< of all that the session depends on
  Digest nonce{};    ///< fresh
};

class AwaitingNonces : MoveOnly {
 public:
  using Awaits = Round<round_number::agreement, NonceMessage, Nothing>;
  /// H("jointca/agreement/v1", subject, and of each party by identifier: identifier, nonce). Fault:
  /// "agreement.subject" (local: another subject than ours).
  Outcome<Digest> receive(Inbox<Awaits> inbox) &&;

 private:
  friend Step<AwaitingNonces> begin(const Digest&, Identifier, Rng&);
  AwaitingNonces(Identifier self, const NonceMessage& own) : self_(self), own_(own) {}

  Identifier self_;
  NonceMessage own_;
};

[[nodiscard]] Step<AwaitingNonces> begin(const Digest& subject, Identifier self, Rng& rng);

void encode(const NonceMessage& message, Writer& out);
Parsed<NonceMessage> parse(std::type_identity<NonceMessage>, BytesView input);

}  // namespace agreement
}  // namespace jointca
