// host/session_journal.h — what running a session makes on this machine, written down before it is
// made, so that it can be taken away again whatever happened.
#pragma once

#include <optional>
#include <string>

#include "host/files.h"
#include "machine/lock.h"
#include "nebula-adapter/reload.h"

namespace jointca::host {

struct Journal {
  nebula::ProcessIdentity runner;  ///< the process of `session run`
  std::string network;             ///< its network namespace
  std::string fence;               ///< table of rules; empty: none
  std::string mark;                ///< variable in the environment of its processes

  bool operator==(const Journal&) const = default;
};
[[nodiscard]] std::string to_json(const Journal& journal);
[[nodiscard]] Parsed<Journal> parse_journal(std::string_view text);

/// Of this process.
[[nodiscard]] Journal make_journal(std::string fence, std::string mark);
[[nodiscard]] Result<Ok, Error> write_journal(const Paths& paths, const std::string& id,
                                              const Journal& journal);

/// Makes the session's directory and takes its lock. Fails if it runs.
[[nodiscard]] Result<machine::FileLock, Error> lock_session(const Paths& paths,
                                                            const std::string& id);

/// Ends and removes all that the journal names: processes, then rules, then files, then itself.
/// Does nothing without a journal. For who holds the lock.
[[nodiscard]] Result<Ok, Error> undo_session(const Paths& paths, const std::string& id);

/// Ends a run that is under way, then undoes it. True if there was anything to undo.
[[nodiscard]] Result<bool, Error> close_session(const Paths& paths, const std::string& id);

}  // namespace jointca::host
