// host/meeting.h — the members of a session meet on ports of jointca's own, before MPyC runs and
// after: nobody starts alone, and nobody is left to wait. docs/protocols/session-meeting.md.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <vector>

#include "host/submission.h"
#include "mpyc-adapter/greeting.h"
#include "mpyc-adapter/session.h"

namespace jointca::host {

/// Why a session cannot go on; its row says what to do.
struct Problem {
  mpyc::Check check;
  std::string reason;  ///< names the field, file or member
};

/// This host's place in a granted session. What it refers to outlives it.
struct Seating {
  const mpyc::Manifest& manifest;
  Digest grant{};  ///< mpyc::fingerprint(): members with another grant do not meet
  std::size_t seat = 0;
  const SigningKey& identity;
};

using mpyc::Ending;
using mpyc::Intent;

/// Another member, as met.
struct Met {
  std::size_t seat = 0;
  std::chrono::microseconds round_trip{};  ///< the shortest measured
  std::chrono::milliseconds
      clock_ahead{};  ///< of its clock before ours; wrong by half a round trip
};

/// What a caller seldom, and a test often, wants otherwise.
struct MeetingSettings {
  std::chrono::milliseconds answer{5'000};  ///< for an answer that need not wait
  std::chrono::milliseconds hold{5'000};    ///< so long an asked member waits for news to answer
  std::chrono::milliseconds linger{2'000};  ///< until the others have heard how it ended for us
  /// Milliseconds since 1970.
  std::function<std::int64_t()> clock = [] {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  };
};

/// Returns when all members hold proofs of each other's keys, manifest and grant, and are known to
/// know it. One per other seat, in seat order. Takes `timeout` and settings.linger at most.
/// Problems: `port` (cannot listen), `challenge` (another manifest, grant, key or seat, or
/// nonsense), `clock`, `path_mtu`, and at the end of `timeout` `peer` (a host that does not answer
/// at all) or `barrier` (who is absent or not ready). All of them name the member, in words that
/// are the same for everyone; who ends early tells the others why.
[[nodiscard]] Result<std::vector<Met>, Problem> meet(const Seating& seating, Intent intent,
                                                     std::chrono::milliseconds timeout,
                                                     const Progress& progress,
                                                     const MeetingSettings& settings = {});

/// Tells the others, and returns what they tell: one for each seat, nothing of those that did not
/// tell in time. Returns early when all have told and been told.
[[nodiscard]] std::vector<std::optional<Ending>> exchange_endings(
    const Seating& seating, const Ending& own, std::chrono::milliseconds timeout,
    const MeetingSettings& settings = {});

}  // namespace jointca::host
