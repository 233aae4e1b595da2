// audit/report_json.cpp — the report for scripts. docs/audit.md lists its fields.
#include <algorithm>
#include <ostream>

#include <nlohmann/json.hpp>

#include "audit/report.h"

namespace jointca::audit {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const LogReport& log, const ca::Authority& authority) {
  Json json{
      {"party", authority.party(log.party)->card.name}, {"origin", log.origin}, {"read", log.read}};
  if (log.read) {
    json["where"] = log.where;
    json["server"] = authority.party(log.server)->card.name;
    json["size"] = log.size;
    json["root"] = to_hex(log.root);
    json["from"] = log.from;
    json["entries"] = {{"issue", log.counts.issue},     {"outcome", log.counts.outcome},
                       {"refusal", log.counts.refusal}, {"ceremony", log.counts.ceremony},
                       {"revoke", log.counts.revoke},   {"malformed", log.counts.malformed}};
  }
  json["last_entry"] = log.last ? Json(to_rfc3339(*log.last)) : Json();
  json["cosigned"] = Json::array();
  for (const auto& [party, by] : log.cosigned)
    json["cosigned"].push_back({{"party", authority.party(party)->card.name},
                                {"size", by.size},
                                {"time", to_rfc3339(by.time)}});
  json["mirrors"] = Json::array();
  for (const auto& [party, size] : log.mirrors)
    json["mirrors"].push_back({{"party", authority.party(party)->card.name}, {"size", size}});
  return json;
}

Json json_of(const Finding& finding, const std::string& evidence) {
  Json json{{"code", to_text(finding.code)},
            {"severity", to_text(finding.severity)},
            {"party", finding.party}};
  json["log"] = finding.place ? Json(finding.place->log) : Json();
  json["index"] = finding.place ? Json(finding.place->index) : Json();
  json["words"] = finding.words;
  json["evidence"] = evidence.empty() ? Json() : Json(evidence);
  return json;
}

Json json_of(const Row& row) {
  return {{"status", row.status},
          {"name", row.name},
          {"kind", row.kind},
          {"networks", row.networks},
          {"groups", row.groups},
          {"not_before", to_rfc3339(row.not_before)},
          {"not_after", to_rfc3339(row.not_after)},
          {"signers", row.signers},
          {"coordinator", row.coordinator},
          {"approved", row.rules},
          {"logged", row.logged},
          {"fingerprint", row.fingerprint},
          {"host", row.host},
          {"tbs_sha256", row.tbs_sha256},
          {"time", to_rfc3339(row.time)}};
}

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

void write_json(std::ostream& out, const Report& report, const ca::Authority& authority,
                const std::vector<std::string>& evidence) {
  Json head{{"type", "jointca/audit"},
            {"version", report_version},
            {"authority", to_hex(authority.id)},
            {"name", authority.name},
            {"time", to_rfc3339(report.now)}};
  head["since"] = report.since ? Json(to_rfc3339(*report.since)) : Json();
  head["exit_status"] = exit_status(
      report.findings, std::any_of(evidence.begin(), evidence.end(),
                                   [](const std::string& path) { return !path.empty(); }));
  head["certificates"] = report.certificates;
  for (const Severity severity :
       {Severity::critical, Severity::error, Severity::warning, Severity::info})
    head["counts"][std::string(to_text(severity))] = report.findings.count(severity);
  head["dropped"] = report.findings.dropped();
  head["logs"] = Json::array();
  for (const LogReport& log : report.logs) head["logs"].push_back(json_of(log, authority));
  head["findings"] = Json::array();
  const auto& findings = report.findings.all();
  for (std::size_t i = 0; i < findings.size(); ++i)
    head["findings"].push_back(json_of(findings[i], i < evidence.size() ? evidence[i] : ""));
  // The rows, which can be a million, are written one by one.
  std::string text = text_of(head);
  text.pop_back();
  out << text << ",\"items\":[";
  bool first = true;
  for (std::uint32_t i = 0; i < report.index->items.size(); ++i) {
    const auto row = row_of(report, authority, i);
    if (!row) continue;
    out << (first ? "\n" : ",\n") << text_of(json_of(*row));
    first = false;
  }
  out << "]}\n";
}

}  // namespace jointca::audit
