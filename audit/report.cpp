#include "audit/report.h"

#include <algorithm>
#include <ostream>

#include "audit/judge.h"

namespace jointca::audit {
namespace {

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : " ") + text;
  return out;
}

/// Characters, not bytes: as wide as a terminal shows most of them.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

void print_table(std::ostream& out, const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i)
      out << row[i] << std::string(i + 1 == row.size() ? 0 : widths[i] - width(row[i]) + 2, ' ');
    out << '\n';
  }
}

std::string when(std::optional<Time> time, Time now) {
  return time ? to_rfc3339(*time) + " (" + distance(*time, now) + ")" : "-";
}

std::string status_of(const Report& report, const ca::Authority& authority, const Item& item) {
  const Index& index = *report.index;
  if (issued::is_revocable(index.text(item.kind)) && index.revoked_at(item, authority.min_signers))
    return "revoked";
  if (index.outcome(item) == nullptr) return may_exist(item, index) ? "unsigned" : "pending";
  if (item.not_after < report.now) return "expired";
  return item.not_before > report.now ? "not yet valid" : "valid";
}

void print_logs(std::ostream& out, const Report& report, const ca::Authority& authority) {
  std::vector<std::vector<std::string>> rows{
      {"PARTY", "LOG", "NEW", "LAST ENTRY", "COSIGNED BY", "COPIES"}};
  for (const LogReport& log : report.logs) {
    std::vector<std::string> cosigned, mirrors;
    for (const auto& [party, by] : log.cosigned)
      cosigned.push_back(authority.party(party)->card.name + ":" + std::to_string(by.size));
    for (const auto& [party, size] : log.mirrors)
      mirrors.push_back(authority.party(party)->card.name + ":" + std::to_string(size));
    rows.push_back(
        {authority.party(log.party)->card.name, log.read ? std::to_string(log.size) : "not read",
         log.read ? std::to_string(log.size - log.from) : "-", when(log.last, report.now),
         cosigned.empty() ? "-" : joined(cosigned), mirrors.empty() ? "-" : joined(mirrors)});
  }
  print_table(out, rows);
}

}  // namespace

std::optional<Row> row_of(const Report& report, const ca::Authority& authority,
                          std::uint32_t item_index) {
  const Index& index = *report.index;
  const Item& item = index.items[item_index];
  if (!item.has_intent()) return std::nullopt;
  const Subject& subject = index.subject(item.subject);
  Row row;
  row.status = status_of(report, authority, item);
  row.name = subject.name;
  row.networks = subject.networks;
  row.groups = subject.groups;
  row.kind = index.text(item.kind);
  if (const Outcome* outcome = index.outcome(item)) row.fingerprint = to_hex(outcome->fingerprint);
  row.signers = names_of(item.signers, authority);
  row.coordinator = item.coordinator == 0 ? "" : authority.party(item.coordinator)->card.name;
  row.host = to_hex(index.key(item.host));
  row.tbs_sha256 = to_hex(item.tbs);
  row.not_before = item.not_before;
  row.not_after = item.not_after;
  row.time = item.time;
  for (const ca::Party& party : authority.parties) {
    const Sighting* sighting = index.sighting(item, party.identifier);
    if (sighting == nullptr) continue;
    std::string approval = index.text(sighting->approval);
    std::replace(approval.begin(), approval.end(), '\n', '/');
    row.rules += (row.rules.empty() ? "" : " ") + party.card.name + ":" + approval;
    row.logged +=
        (row.logged.empty() ? "" : " ") + party.card.name + ":" + std::to_string(sighting->index);
  }
  return row;
}

void write_text(std::ostream& out, const Report& report, const ca::Authority& authority) {
  out << "authority  " << authority.name << "  " << to_hex(authority.id) << '\n'
      << "audited    " << to_rfc3339(report.now);
  if (report.since) out << ", after " << to_rfc3339(*report.since);
  out << "\n\n";
  print_logs(out, report, authority);
  out << '\n' << report.certificates << " certificates";
  for (const Severity severity : {Severity::critical, Severity::error, Severity::warning})
    out << ", " << report.findings.count(severity) << ' ' << to_text(severity);
  out << '\n';
  for (const Finding& finding : report.findings.all()) {
    out << '\n' << to_text(finding.severity) << "  " << to_text(finding.code);
    if (!finding.party.empty()) out << "  " << finding.party;
    if (finding.place)
      out << "  (log of " << finding.place->log << ", entry " << finding.place->index << ")";
    out << "\n  " << finding.words << '\n';
  }
  if (report.findings.dropped() != 0)
    out << "\nand " << report.findings.dropped() << " more of the same kinds\n";
}

std::string csv_field(std::string_view text) {
  const bool formula =
      !text.empty() && std::string_view("=+-@\t\r").find(text[0]) != std::string_view::npos;
  std::string out = formula ? "'" : "";
  out += text;
  if (out.find_first_of(",\"\r\n'") == std::string::npos) return out;
  std::string quoted = "\"";
  for (const char c : out) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

void write_csv(std::ostream& out, const Report& report, const ca::Authority& authority) {
  out << "status,name,kind,networks,groups,not_before,not_after,signers,coordinator,approved,"
         "logged,fingerprint,host,tbs_sha256,time\r\n";
  for (std::uint32_t i = 0; i < report.index->items.size(); ++i) {
    const auto row = row_of(report, authority, i);
    if (!row) continue;
    out << row->status << ',' << csv_field(row->name) << ',' << csv_field(row->kind) << ','
        << csv_field(joined(row->networks)) << ',' << csv_field(joined(row->groups)) << ','
        << to_rfc3339(row->not_before) << ',' << to_rfc3339(row->not_after) << ','
        << csv_field(row->signers) << ',' << row->coordinator << ',' << csv_field(row->rules) << ','
        << row->logged << ',' << row->fingerprint << ',' << row->host << ',' << row->tbs_sha256
        << ',' << to_rfc3339(row->time) << "\r\n";
  }
}

}  // namespace jointca::audit
