// host/status.h — how a host stands: for its owner as JSON, and for Prometheus as text.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ca/revocations.h"
#include "host/holdings.h"

namespace jointca::host {

/// Something that the agent does again and again.
struct Task {
  std::string name;  ///< "revocations", "bindings", "lighthouses", "ca.crt", "nebula", "wireguard"
  std::optional<Time> done;  ///< when it was done last
  std::string detail;        ///< of then, for people
  std::string problem;       ///< of the last attempt; empty if there is none
  /// Of then: what the owner has to know though it was done.
  std::vector<std::string> warnings{};
  /// Of then: what parties gave and was not taken, and why. No warning: whoever lies or lags alone
  /// does no harm.
  std::vector<std::string> refused{};
};

struct Status {
  Time now;
  std::string authority;  ///< its name
  std::vector<Holding> holdings;
  Time renew_at;
  unsigned renewal_failures = 0;     ///< in a row
  std::string renewal_problem;       ///< of the last attempt
  std::optional<Time> last_contact;  ///< with any party
  std::optional<ca::Revocations> revocations;
  std::vector<Task> tasks;

  /// What the owner has to know now, a sentence each; nothing if all is well. Certificates that are
  /// revoked, over or close to it, a list of revocations that is over, a task that failed or warns.
  [[nodiscard]] std::vector<std::string> warnings() const;
};

/// One JSON object; docs/operations.md lists its fields. Long texts and lists are cut, so that
/// take_from_agent() can always read it.
[[nodiscard]] std::string to_json(const Status& status);
inline constexpr std::size_t status_bytes_max = std::size_t{1} << 20;
/// Takes into `status` what only the agent knows, from the JSON that it wrote: its tasks, the
/// renewals that failed, the last contact. Gives when it wrote that. Nothing is taken on failure.
[[nodiscard]] Parsed<Time> take_from_agent(Status& status, std::string_view json);
/// Prometheus text format, metrics "jointca_host_*"; times as Unix seconds.
[[nodiscard]] std::string to_metrics(const Status& status);

}  // namespace jointca::host
