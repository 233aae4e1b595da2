// host/meeting.h — the members of a session meet on ports of jointca's own, before MPyC runs and
// after: nobody starts alone, and nobody is left to wait. docs/protocols/session-meeting.md.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "host/submission.h"
#include "mpyc-adapter/check_table.h"
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

/// For what the members meet. One that only checks keeps nobody from checking, but nobody starts
/// with it.
enum class Intent : std::uint8_t { check, run };

/// Another member, as met.
struct Met {
  std::size_t seat = 0;
  std::chrono::microseconds round_trip{};  ///< the shortest measured
  std::chrono::milliseconds
      clock_ahead{};  ///< of its clock before ours; wrong by half a round trip
};

/// Returns when all members hold proofs of each other's keys, manifest and grant, and are known to
/// know it. One per other seat, in seat order. Problems: `peer` (a host that does not answer is
/// named), `challenge` (another manifest, grant, key or seat), `clock`, `barrier` (absent members
/// are named).
[[nodiscard]] Result<std::vector<Met>, Problem> meet(const Seating& seating, Intent intent,
                                                     std::chrono::milliseconds timeout,
                                                     const Progress& progress);

/// How the program of a seat ended.
struct Ending {
  int status = 0;                  ///< exit status, 128 + a signal's number
  std::optional<Digest> result{};  ///< SHA-256 of what it printed, where the manifest compares

  bool operator==(const Ending&) const = default;
};

/// Tells the others, and returns what they tell: one for each seat, nothing of those that did not
/// tell in time.
[[nodiscard]] std::vector<std::optional<Ending>> exchange_endings(
    const Seating& seating, const Ending& own, std::chrono::milliseconds timeout);

}  // namespace jointca::host
