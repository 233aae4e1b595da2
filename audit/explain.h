// audit/explain.h — one certificate in the light of all logs.
#pragma once

#include "audit/report.h"

namespace jointca::audit {

struct Explanation {
  nebula::Certificate certificate;
  Digest fingerprint{};
  bool is_own_ca =
      false;  ///< one of authority.json: no log has it, and the ceremony vouches for it
  bool signed_by_group = false;   ///< else it is not this authority's, and the logs say nothing
  std::optional<Row> row;         ///< what the logs have of it
  std::optional<Time> revoked;    ///< when the t-th party voted
  std::vector<Finding> findings;  ///< UNKNOWN_CERT, MISSING_IN_SIGNER_LOG
};

/// Explains a certificate that somebody has: that it exists needs no log. `report` is of a run over
/// whole logs: an incremental one knows no old certificates.
[[nodiscard]] Explanation explain(const Report& report, const ca::Authority& authority,
                                  const nebula::Certificate& certificate);

/// 0 if each is of this authority, in every signer's log, and not revoked; else 5.
[[nodiscard]] int exit_status(const std::vector<Explanation>& explanations);

void write_text(std::ostream& out, const std::vector<Explanation>& explanations, Time now);
void write_json(std::ostream& out, const std::vector<Explanation>& explanations);

}  // namespace jointca::audit
