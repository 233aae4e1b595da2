// tests/unit/threshold/cggmp24/inbox.h — what one party gets of a round, without a network.
#pragma once

#include "threshold/round.h"

namespace jointca::test {

/// Everything that the others send to `to`.
template <class S>
[[nodiscard]] Inbox<typename S::Awaits> inbox_of(Identifier to, const PerParty<Step<S>>& steps) {
  Inbox<typename S::Awaits> inbox;
  for (const auto& [from, step] : steps) {
    if (from == to) continue;
    inbox.from_all.emplace(from, step.outbox.to_all);
    if constexpr (!std::is_same_v<typename S::Awaits::ToEach, Nothing>)
      inbox.from_each.emplace(from, step.outbox.to_each.at(to));
  }
  return inbox;
}

}  // namespace jointca::test
