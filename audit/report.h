// audit/report.h — a report as a text, as JSON, as a table of certificates and as one page.
#pragma once

#include <iosfwd>

#include "audit/audit.h"

namespace jointca::audit {

/// For the version of the JSON document: it grows by fields, and only a changed meaning counts.
inline constexpr int report_version = 1;
/// Rows of the page's table. CSV and JSON have all.
inline constexpr std::size_t page_rows_max = 5000;

/// One certificate, as all forms of a report show it.
struct Row {
  std::string status;  ///< "valid", "not yet valid", "expired", "revoked", "pending", "unsigned"
  std::string name, kind, fingerprint, signers, coordinator, rules, logged, host, tbs_sha256;
  std::vector<std::string> networks, groups;
  Time not_before, not_after, time;
};
/// The item as a row; nothing for one without an intent.
[[nodiscard]] std::optional<Row> row_of(const Report& report, const ca::Authority& authority,
                                        std::uint32_t item);

/// Aligned text for people. Texts of entries are one line each and printable by their format.
void write_text(std::ostream& out, const Report& report, const ca::Authority& authority);

/// One document. `evidence` has the path of each finding's evidence file, or an empty text.
void write_json(std::ostream& out, const Report& report, const ca::Authority& authority,
                const std::vector<std::string>& evidence);

/// RFC 4180, with a header line, a line for each certificate. A field that a spreadsheet would take
/// for a formula gets an apostrophe in front.
void write_csv(std::ostream& out, const Report& report, const ca::Authority& authority);

/// One page that needs nothing from elsewhere. Every text is escaped.
void write_html(std::ostream& out, const Report& report, const ca::Authority& authority);

/// & < > " ' as entities.
[[nodiscard]] std::string escaped_html(std::string_view text);
/// A field of write_csv().
[[nodiscard]] std::string csv_field(std::string_view text);

}  // namespace jointca::audit
