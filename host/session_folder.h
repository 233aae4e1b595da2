// host/session_folder.h — where a session's program runs: a folder of our own with copies of what
// was agreed on, so that nothing else is read and nothing changes any more.
// docs/decisions/0015-sessions-run-on-copies.md.
#pragma once

#include "host/session_check.h"

namespace jointca::host {

/// DIR/sessions/ID/run: the seat guard with its settings, and below `work`, in which Python runs,
/// the agreed files, the member's own and MPyC's `.config`.
struct SessionFolder {
  std::string path;

  [[nodiscard]] std::string work() const { return path + "/work"; }
  [[nodiscard]] std::string guard() const { return path + "/seat_guard.py"; }
  [[nodiscard]] std::string settings() const { return path + "/guard.json"; }
  /// What the guard said at last, if it ended the program.
  [[nodiscard]] std::string verdict() const { return settings() + ".end"; }
};

/// Makes it anew. `own`: paths of files that are this member's alone, its inputs; they are linked,
/// and may be none that was agreed on, nor anything that Python imports (usage).
[[nodiscard]] Result<Ok, Stop> make_folder(const SessionFolder& folder,
                                           const CheckedSession& checked,
                                           const SessionInputs& inputs,
                                           const std::vector<std::string>& own);

/// Digests the copies: `program` or `files` with the first that is not as agreed.
[[nodiscard]] std::optional<Problem> check_copies(const SessionFolder& folder,
                                                  const mpyc::Manifest& manifest);

/// Files in `work` that the program made.
[[nodiscard]] std::vector<std::string> made_by_program(const SessionFolder& folder,
                                                       const mpyc::Manifest& manifest,
                                                       const std::vector<std::string>& own);

}  // namespace jointca::host
