#include "audit/finding.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace jointca::audit {
namespace {

constexpr std::array<std::string_view, code_count> code_texts{
    "SPLIT_VIEW",       "ROLLBACK",         "COSIGNER_DISAGREES",
    "WRONG_ENTRIES",    "BAD_CHECKPOINT",   "MISSING_LOG",
    "STALE_LOG",        "MISSING_MIRROR",   "LATE_COSIGN",
    "MALFORMED_ENTRY",  "FOREIGN_ENTRY",    "UNKNOWN_KIND",
    "DUPLICATE_ENTRY",  "WRONG_CEREMONY",   "SUBJECT_MISMATCH",
    "POLICY_VIOLATION", "WRONG_SIGNER_SET", "MISSING_IN_SIGNER_LOG",
    "BAD_OUTCOME",      "ORPHAN_OUTCOME",   "UNKNOWN_CERT",
    "CONFLICT_ADDRESS", "CONFLICT_NAME",    "PENDING_INTENT"};
constexpr std::array<std::string_view, 4> severity_texts{"info", "warning", "error", "critical"};

}  // namespace

std::string_view to_text(Code code) { return code_texts[static_cast<std::size_t>(code)]; }
std::string_view to_text(Severity severity) {
  return severity_texts[static_cast<std::size_t>(severity)];
}

void Findings::add(Finding finding) {
  ++severities_[static_cast<std::size_t>(finding.severity)];
  if (++counts_[static_cast<std::size_t>(finding.code)] <= kept_max)
    all_.push_back(std::move(finding));
}

void Findings::add(Findings others) {
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += others.counts_[i];
  for (std::size_t i = 0; i < severities_.size(); ++i) severities_[i] += others.severities_[i];
  std::move(others.all_.begin(), others.all_.end(), std::back_inserter(all_));
}

void Findings::sort() {
  std::stable_sort(all_.begin(), all_.end(), [](const Finding& a, const Finding& b) {
    const auto key = [](const Finding& finding) {
      return std::tuple(-static_cast<int>(finding.severity), finding.code, finding.party,
                        finding.place ? finding.place->log : "",
                        finding.place ? finding.place->index : 0);
    };
    return key(a) < key(b);
  });
}

std::uint64_t Findings::dropped() const {
  return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0}) - all_.size();
}

}  // namespace jointca::audit
