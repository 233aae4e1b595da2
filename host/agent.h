// host/agent.h — what keeps a host a member: renewal, lists, and the overlays brought in step,
// again and again. One tick does all that is due; whoever calls it sleeps in between.
//
// A tick that finds no quorum keeps what the host has. Nothing here waits for operators: a renewal
// that they have to decide on is asked for again at a later tick.
#pragma once

#include <functional>
#include <vector>

#include "host/enrolment.h"
#include "host/status.h"

namespace jointca {
class Rng;
}

namespace jointca::host {

/// What came of doing something that did not fail.
struct Outcome {
  std::string detail;                   ///< what was done, for people; empty: nothing to tell
  std::vector<std::string> warnings{};  ///< as of a Task
  std::vector<std::string> refused{};   ///< as of a Task
};

/// Brings something on this machine in step with the host's files. Runs at every tick, and again
/// after a renewal, and has nothing to do at most of them.
struct Adapter {
  std::string name;  ///< "nebula", "wireguard"
  std::function<Result<Outcome, Error>(Time now)> apply;
};

class Agent {
 public:
  /// The references must outlive it.
  Agent(Paths paths, std::string metrics, std::vector<Adapter> adapters, Clock clock,
        Progress progress, Rng& rng)
      : paths_(std::move(paths)),
        metrics_(std::move(metrics)),
        adapters_(std::move(adapters)),
        clock_(std::move(clock)),
        progress_(std::move(progress)),
        rng_(rng) {}

  /// Fetches, applies, then renews if it is time to and applies again, and writes status.json and
  /// the metrics: what was revoked is never kept waiting by a renewal. The first tick goes on from
  /// what status.json says of contact and failures. Fails only if the host's own files cannot be
  /// read or written.
  [[nodiscard]] Result<Status, Error> tick();

  /// The first failure of the last tick that was not made good in it: what a run for cron ends
  /// with. Nothing if everything that was due was done.
  [[nodiscard]] std::optional<Error> failure() const;

 private:
  void take_up(Time now);
  [[nodiscard]] bool renew_if_due(const std::vector<Holding>& holdings, const Silent& silent);
  void fetch(Calls& calls, const ca::Authority& authority, Time now);
  void apply(const ca::Authority& authority, Time now);
  void note(const std::string& task, Time now, const Result<Outcome, Error>& result);
  void note_failure(const std::string& what, const Error* error);
  [[nodiscard]] Result<Status, Error> report(const ca::Authority& authority, Time now);

  Paths paths_;
  std::string metrics_;  ///< file
  std::vector<Adapter> adapters_;
  Clock clock_;
  Progress progress_;
  Rng& rng_;
  std::optional<Time> last_contact_;
  std::optional<Time> try_again_;  ///< not before: a renewal failed
  unsigned renewal_failures_ = 0;
  std::string renewal_problem_;
  std::vector<Task> tasks_;
  std::optional<std::vector<Task>> earlier_;  ///< of the agent before this one; set by take_up()
  std::vector<std::pair<std::string, Error>> failures_;  ///< of this tick, and of what
};

}  // namespace jointca::host
