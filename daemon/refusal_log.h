// daemon/refusal_log.h — what this party refused, on its way into its log.
//
// A refusal is nobody's permission: nothing waits for it to be durable. Refusals are kept in memory
// and written together, now and then, so that they never delay a session; a crash may lose the
// newest. Whoever can make parties refuse can make their logs grow, so that is bounded:
// decisions only, of requests whose signatures hold, each once, so many for each coordinator and
// for each invitation.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/party_log.h"

namespace jointca::daemon {

/// Refusals that are logged in `refusals_period`, of what one party coordinated, …
inline constexpr std::size_t refusals_per_coordinator_max = 60;
/// … and under one invitation.
inline constexpr std::size_t refusals_per_invitation_max = 6;
inline constexpr Duration refusals_period{3600};
/// Under one checkpoint, and while nothing can be written.
inline constexpr std::size_t refusals_per_append_max = 256;
inline constexpr std::size_t refusals_waiting_max = 4096;

class RefusalLog {
 public:
  struct Refusal {
    std::uint16_t coordinator = 0;
    PublicKey invitation;
    Digest session{};
    Digest request{};
    std::string rule;
    std::string reason;
  };

  RefusalLog(PartyLog& party_log, Store& store) : log_(party_log), store_(store) {}

  /// Whether this rule is a decision about what was asked for. What the requests of honest parties
  /// meet on their way, a taken address or a clock that differs, is none.
  [[nodiscard]] static bool is_decision(std::string_view rule);
  /// Keeps a refusal of a request whose signatures were checked, unless it is no decision, is known
  /// already, or is one too many.
  void note(const Refusal& refusal, Time now);
  /// Writes what was noted, durably. Gives how many refusals were too many since the last time. On
  /// failure they stay for the next.
  [[nodiscard]] Result<std::size_t, Error> write();

 private:
  /// True if there may be one more; counts it.
  template <class Key>
  [[nodiscard]] bool take(std::map<Key, std::size_t>& taken, const Key& key, std::size_t max);

  PartyLog& log_;
  Store& store_;
  std::vector<log::Entry> waiting_;
  std::size_t too_many_ = 0;
  Time since_;  ///< begin of the period that is counted
  std::map<std::uint16_t, std::size_t> by_coordinator_;
  std::map<PublicKey, std::size_t> by_invitation_;
  std::set<std::pair<Digest, std::string>> known_;  ///< request and rule
};

}  // namespace jointca::daemon
