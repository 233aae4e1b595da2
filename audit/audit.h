// audit/audit.h — a whole audit: which copies of the logs there are, what they prove, what is in
// them, and what is wrong with it. Pure but for the sources it is given.
#pragma once

#include "audit/finding.h"
#include "audit/index.h"
#include "audit/log_copy.h"
#include "audit/merge.h"
#include "audit/state.h"

namespace jointca::audit {

struct Request {
  const ca::Authority& authority;  ///< checked: its id is what the parties signed
  /// What each party serves, by identifier; a party that is left out is not asked.
  std::map<std::uint16_t, LogSource*> sources;
  Time now;
  std::optional<std::string> state;  ///< of the run before, as state_from_json() reads it
  bool full = false;  ///< read whole logs again; the state is compared with all the same
};

/// One party's log, as far as it could be had.
struct LogReport {
  std::uint16_t party = 0;
  bool read = false;          ///< entries and root agree with the signed checkpoint
  bool own_and_live = false;  ///< as the owner itself gave it, during this audit
  std::string origin;
  std::string where;         ///< of the copy that was read
  std::uint16_t server = 0;  ///< whose copy it is; the owner's own if it could be had
  std::uint64_t size = 0;
  Digest root{};
  std::uint64_t from = 0;                          ///< entries before were read in an earlier run
  std::optional<Time> last;                        ///< of the last entry that can be read
  EntryCounts counts;                              ///< over all runs
  std::map<std::uint16_t, Cosigned> cosigned;      ///< the newest by each other party
  std::map<std::uint16_t, std::uint64_t> mirrors;  ///< size of each other party's copy
};

struct Report {
  Time now;
  std::optional<Time> since;    ///< of the run whose state was used
  std::vector<LogReport> logs;  ///< by identifier
  std::shared_ptr<Index> index;
  Findings findings;
  std::uint64_t certificates = 0;  ///< over all runs
  State next;                      ///< for the next run, once this report is kept
};

/// The exit status that a report stands for: 0 up to warnings, 5 with errors or worse, and 6 if
/// evidence against a party was written.
[[nodiscard]] int exit_status(const Findings& findings, bool evidence_written);

/// Fails only if the state cannot be read: what is wrong with logs are findings.
[[nodiscard]] Result<Report, Error> run(const Request& request);

}  // namespace jointca::audit
