// audit/explain.h — one certificate, binding or token in the light of all logs.
#pragma once

#include "audit/report.h"
#include "issued/statement.h"

namespace jointca::audit {

struct Explanation {
  std::string kind;
  Digest fingerprint{};
  bool is_own_ca =
      false;  ///< one of authority.json: no log has it, and the ceremony vouches for it
  /// Under the key of its kind; else it is not this authority's, and the logs say nothing.
  bool is_signed = false;
  std::optional<Row> row;         ///< what the logs have of it
  std::optional<Time> revoked;    ///< when the t-th party voted
  std::vector<Finding> findings;  ///< UNKNOWN_CERT, MISSING_IN_SIGNER_LOG
};

/// Explains what somebody has: that it exists needs no log. `report` is of a run over whole logs:
/// an incremental one knows no old certificates.
[[nodiscard]] Explanation explain(const Report& report, const ca::Authority& authority,
                                  const issued::Signed& held);

/// 0 if each is of this authority, in every signer's log, and not revoked; else 5.
[[nodiscard]] int exit_status(const std::vector<Explanation>& explanations);

void write_text(std::ostream& out, const std::vector<Explanation>& explanations, Time now);
void write_json(std::ostream& out, const std::vector<Explanation>& explanations);

}  // namespace jointca::audit
