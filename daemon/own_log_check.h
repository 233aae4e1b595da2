// daemon/own_log_check.h — whether this party's log is the newest that it ever signed.
//
// A state directory that was restored from a copy looks sound from the inside, and signing with it
// would sign a second tree. So before it signs, a party hears from the others what they have seen
// of its log; and it goes on listening.
#pragma once

#include <string>

#include "daemon/member.h"
#include "daemon/party_log.h"

namespace jointca::daemon {

class OwnLogCheck {
 public:
  OwnLogCheck(const Member& member, const PartyLog& party_log) : member_(member), log_(party_log) {}

  /// Another party's newest checkpoint of our log; empty if it has none. What we did not sign is
  /// not believed. True if it changed why_not().
  bool hear(Identifier from, const std::string& checkpoint);

  /// Why this party must not sign; empty if it may. It may once t − 1 others have spoken, as many
  /// as took part in any signature, and nobody showed a checkpoint that this log does not extend.
  [[nodiscard]] std::string why_not() const;
  /// Our log is known to be an old or a forked one.
  [[nodiscard]] bool refuted() const { return !refuted_.empty(); }

 private:
  [[nodiscard]] std::string refutation(Identifier from, const std::string& checkpoint) const;

  const Member& member_;
  const PartyLog& log_;
  PartySet heard_;
  std::string refuted_;
};

}  // namespace jointca::daemon
