// audit/finding.h — what an audit found: one fact each, under a code that scripts may rely on.
// docs/audit.md says what each code means and what to do about it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "threshold/evidence.h"

namespace jointca::audit {

/// How bad it is. info: part of normal work. warning: look at it. error: a rule is broken, or a log
/// cannot be checked. critical: somebody lied, and it can only have been on purpose.
enum class Severity : std::uint8_t { info, warning, error, critical };

enum class Code : std::uint8_t {
  split_view,          ///< a log signed two trees
  rollback,            ///< a log is shorter than it was
  cosigner_disagrees,  ///< a party cosigned another tree than the log shows
  wrong_entries,       ///< what is served as entries is not what was signed
  bad_checkpoint,      ///< a checkpoint with a bad signature or form
  missing_log,         ///< a party does not serve its log
  stale_log,           ///< a party serves less of its log than others hold, or nobody has vouched
  missing_mirror,      ///< a party does not serve its copy of another's log
  late_cosign,         ///< a party has not cosigned what has been in a log for long
  malformed_entry,     ///< an entry that cannot be read
  foreign_entry,       ///< an entry of another authority
  unknown_kind,        ///< an entry for a kind of certificate that this version cannot check
  duplicate_entry,     ///< one log has the same intent or outcome twice
  wrong_ceremony,      ///< a ceremony entry that does not agree with authority.json
  subject_mismatch,    ///< the summary says something else than the bytes to be signed
  policy_violation,    ///< what must not be issued
  wrong_signer_set,    ///< the signers are not t known parties, or the logs name different ones
  missing_in_signer_log,  ///< a certificate exists, and a signer's log does not have it
  bad_outcome,            ///< a signature that does not verify
  orphan_outcome,         ///< a signature over bytes that no log has
  unknown_cert,           ///< a certificate that is in no log
  conflict_address,       ///< two hosts hold one address at one time
  conflict_name,          ///< two hosts hold one name at one time
  pending_intent,         ///< an intent without a signature
};
inline constexpr std::size_t code_count = 24;

/// "SPLIT_VIEW", as in reports.
[[nodiscard]] std::string_view to_text(Code code);
/// "info", "warning", "error", "critical".
[[nodiscard]] std::string_view to_text(Severity severity);

struct Place {
  std::string log;  ///< name of the party whose log it is
  std::uint64_t index = 0;
  bool operator==(const Place&) const = default;
};

struct Finding {
  Code code{};
  Severity severity{};
  std::string party;  ///< whom it is about; empty: nobody in particular
  std::optional<Place> place;
  std::string words;  ///< one sentence without a line break; may have text of entries in it
  std::optional<Evidence> evidence;
};

/// Findings of a run. Adversarial logs can make any number: of each code the first ones are kept,
/// and all are counted.
class Findings {
 public:
  static constexpr std::size_t kept_max = 1000;  ///< of each code

  void add(Finding finding);
  void add(Findings others);
  /// The worst first, then by code, party, log and index.
  void sort();

  [[nodiscard]] const std::vector<Finding>& all() const { return all_; }
  [[nodiscard]] std::uint64_t count(Code code) const {
    return counts_[static_cast<std::size_t>(code)];
  }
  [[nodiscard]] std::uint64_t count(Severity severity) const {
    return severities_[static_cast<std::size_t>(severity)];
  }
  /// Those that were counted and not kept.
  [[nodiscard]] std::uint64_t dropped() const;

 private:
  std::vector<Finding> all_;
  std::array<std::uint64_t, code_count> counts_{};
  std::array<std::uint64_t, 4> severities_{};
};

}  // namespace jointca::audit
