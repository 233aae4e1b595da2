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

/// Brings something on this machine in step with the host's files. Runs at every tick, and has
/// nothing to do at most of them. Gives what there is to tell, or why it failed.
struct Adapter {
  std::string name;  ///< "nebula", "wireguard"
  std::function<Result<std::string, Error>(Time now)> apply;
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

  /// Renews if it is time to, fetches, applies, and writes status.json and the metrics. Fails only
  /// if the host's own files cannot be read or written.
  [[nodiscard]] Result<Status, Error> tick();

  /// The code of the first failure of the last tick: what a run for cron ends with. Nothing if
  /// everything that was due was done.
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }

 private:
  void renew_if_due(const std::vector<Holding>& holdings, Time now);
  void fetch(const ca::Authority& authority, Time now);
  void note(const std::string& task, Time now, const Result<std::string, Error>& result);
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
  std::optional<Error> failure_;
};

}  // namespace jointca::host
