// threshold/agreement.h — what the parties of a session do first: agree by echo on what they are
// about to do, and make a value of fresh nonces of all.
//
// Who sends last may choose among as many values as it can hash, but no party can bring an earlier
// one about again, or know any before an honest party has sent its nonce and, in the same message,
// its subject. That suffices for the ids of sessions, of which none may come twice, and for what
// re-randomises a presignature: whoever knows a value can no longer choose what is signed with it.
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
