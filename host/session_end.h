// host/session_end.h — how a session ended: what this member's program did, what the others tell,
// and what that means. Pure.
#pragma once

#include <string>
#include <vector>

#include "host/meeting.h"
#include "host/session_check.h"

namespace jointca::host {

/// How the program of this member ended.
struct ProgramEnd {
  int status = 0;                    ///< exit status, 128 + a signal's number
  std::optional<Problem> problem{};  ///< the guard's word, or why it was ended from outside
  std::optional<int> signal{};       ///< it was ended because this one asked for it
  std::optional<Digest> result{};    ///< SHA-256 of what it printed, where the manifest compares
};

/// What the seat guard left: "44 seat 1 (bob) is gone". Nothing, if it is none of its statuses.
[[nodiscard]] std::optional<Problem> guard_verdict(std::string_view text);

/// What is wrong with the whole, if anything, worst first: this member's own problem, its program's
/// failure, a member that failed or told nothing, results that differ. `endings` by seat; that of
/// `seat` is not looked at. Names everybody that it is about.
[[nodiscard]] std::optional<Problem> judge(const mpyc::Manifest& manifest, std::size_t seat,
                                           const ProgramEnd& own,
                                           const std::vector<std::optional<Ending>>& endings);

/// For people: "ended with 44 (lost)".
[[nodiscard]] std::string text_of(const std::optional<Ending>& ending);

/// Of one run, for DIR/sessions/ID/receipt.json. docs/formats/session.md.
struct Receipt {
  std::size_t seat = 0;
  Time begin;
  Time end;
  std::string fence;  ///< "nftables INTERFACE", or "seat guard"
  std::vector<Met> met;
  std::vector<std::optional<Ending>> endings;  ///< by seat, with this one's own
  std::optional<Problem> problem;
  int exit_status = 0;  ///< of `session run`
};
[[nodiscard]] std::string to_json(const Receipt& receipt, const mpyc::Session& session);

}  // namespace jointca::host
