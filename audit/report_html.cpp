// audit/report_html.cpp — the report as a page. Whatever comes out of an entry or a card goes
// through escaped_html() on its way in.
#include <algorithm>
#include <ostream>

#include "audit/page_template.h"
#include "audit/report.h"

namespace jointca::audit {
namespace {

/// An element around escaped text. `attributes` is ours.
std::string element(std::string_view name, std::string_view text,
                    std::string_view attributes = "") {
  std::string out = "<" + std::string(name);
  if (!attributes.empty()) out.append(" ").append(attributes);
  return out + ">" + escaped_html(text) + "</" + std::string(name) + ">";
}

std::string of_class(std::string_view name) { return "class=\"" + std::string(name) + "\""; }

/// Two lines that do not break.
std::string two_lines(std::string_view first, std::string_view second,
                      std::string_view second_class = "nowrap") {
  return "<td>" + element("div", first, of_class("nowrap")) +
         element("div", second, of_class(second_class)) + "</td>";
}

bool has_own_list(const Finding& finding) {
  return finding.code == Code::pending_intent || finding.code == Code::conflict_address ||
         finding.code == Code::conflict_name;
}

void write_summary(std::ostream& out, const Report& report, const ca::Authority& authority) {
  out << element("h1", "Audit of " + authority.name)
      << element("div", to_hex(authority.id), of_class("mono soft"))
      << element("div",
                 to_rfc3339(report.now) +
                     (report.since ? ", continuing the audit of " + to_rfc3339(*report.since)
                                   : ", of all entries") +
                     "; " + std::to_string(authority.min_signers) + " of " +
                     std::to_string(authority.parties.size()) + " parties sign",
                 of_class("soft"))
      << "<ul class=\"tiles\"><li><b>" << report.certificates << "</b>certificates</li>";
  for (const Severity severity :
       {Severity::critical, Severity::error, Severity::warning, Severity::info}) {
    const auto count = report.findings.count(severity);
    out << "<li><b" << (count == 0 ? "" : " " + of_class(to_text(severity))) << ">" << count
        << "</b>" << to_text(severity) << "</li>";
  }
  out << "</ul>\n";
}

void write_findings(std::ostream& out, const Report& report) {
  out << "<h2>Findings</h2>\n";
  const auto& all = report.findings.all();
  if (std::all_of(all.begin(), all.end(), has_own_list)) {
    out << "<p>None" << (all.empty() ? "" : " besides the conflicts and pending intents below")
        << ".</p>\n";
    return;
  }
  out << "<div class=\"scroll\"><table id=\"findings\"><thead><tr><th>severity<th>code<th>party"
         "<th>entry<th>what</tr></thead><tbody>\n";
  for (const Finding& finding : report.findings.all()) {
    if (has_own_list(finding)) continue;
    out << "<tr>" << element("td", to_text(finding.severity), of_class(to_text(finding.severity)))
        << element("td", to_text(finding.code), of_class("mono")) << element("td", finding.party)
        << element(
               "td",
               finding.place ? finding.place->log + " " + std::to_string(finding.place->index) : "",
               of_class("nowrap"))
        << element("td", finding.words) << "</tr>\n";
  }
  out << "</tbody></table></div>\n";
  if (report.findings.dropped() != 0)
    out << "<p>And " << report.findings.dropped() << " more of the same kinds.</p>\n";
}

void write_list(std::ostream& out, const Report& report, std::string_view title,
                std::string_view id, std::initializer_list<Code> codes) {
  out << element("h2", title);
  out << "<ul id=\"" << id << "\">\n";
  bool any = false;
  for (const Finding& finding : report.findings.all())
    if (std::find(codes.begin(), codes.end(), finding.code) != codes.end()) {
      out << "<li>"
          << element("span", to_text(finding.severity), of_class(to_text(finding.severity))) << ' '
          << escaped_html(finding.words)
          << (finding.place ? element("span",
                                      " (log of " + finding.place->log + ", entry " +
                                          std::to_string(finding.place->index) + ")",
                                      of_class("soft"))
                            : "")
          << "</li>\n";
      any = true;
    }
  out << (any ? "" : "<li>None.</li>\n") << "</ul>\n";
}

void write_logs(std::ostream& out, const Report& report, const ca::Authority& authority) {
  out << "<h2>Logs</h2>\n<div class=\"scroll\"><table id=\"logs\"><thead><tr><th>log of<th>entries"
         "<th>last entry";
  for (const ca::Party& party : authority.parties)
    out << element("th", "cosigned by " + party.card.name);
  out << "</tr></thead><tbody>\n";
  for (const LogReport& log : report.logs) {
    const bool own = log.server == log.party;
    out << "<tr>" << element("td", authority.party(log.party)->card.name) << "<td>";
    if (log.read)
      out << log.size << " (" << (log.size - log.from) << " new)"
          << (own ? ""
                  : element("div", "from the copy at " + authority.party(log.server)->card.name,
                            of_class("warning")))
          << element("div", to_hex(log.root), of_class("mono soft"));
    else
      out << element("span", "not read", of_class("error"));
    out << "</td>"
        << two_lines(log.last ? to_rfc3339(*log.last) : "",
                     log.last ? distance(*log.last, report.now) : "", "soft");
    for (const ca::Party& party : authority.parties) {
      const auto by = log.cosigned.find(party.identifier);
      const auto mirror = log.mirrors.find(party.identifier);
      std::string first = party.identifier == log.party ? "\u2013" : "no", second;
      if (by != log.cosigned.end()) {
        first = std::to_string(by->second.size);
        second = to_rfc3339(by->second.time) + ", " + distance(by->second.time, report.now);
      }
      if (mirror != log.mirrors.end()) first += ", copy of " + std::to_string(mirror->second);
      out << two_lines(first, second, "soft");
    }
    out << "</tr>\n";
  }
  out << "</tbody></table></div>\n";
}

void write_certificates(std::ostream& out, const Report& report, const ca::Authority& authority) {
  out << "<h2>Certificates</h2>\n"
      << page_tools
      << "<div class=\"scroll\"><table id=\"certificates\"><thead><tr><th>status<th>name<th>kind"
         "<th>addresses<th>groups<th>valid<th>signers<th>approved by<th>logged<th>fingerprint"
         "</tr></thead><tbody>\n";
  std::size_t rows = 0, left = 0;
  for (std::uint32_t i = report.index->items.size(); i-- > 0;) {  // the newest first
    if (rows == page_rows_max) {
      left = i + 1;
      break;
    }
    const auto row = row_of(report, authority, i);
    if (!row) continue;
    ++rows;
    const auto list = [](const std::vector<std::string>& texts) {
      std::string all;
      for (const std::string& text : texts) all += (all.empty() ? "" : " ") + text;
      return all;
    };
    out << "<tr data-status=\"" << row->status << "\">"
        << element("td", row->status, of_class("nowrap " + row->status)) << element("td", row->name)
        << element("td", row->kind, of_class("nowrap")) << element("td", list(row->networks))
        << element("td", list(row->groups))
        << two_lines(to_rfc3339(row->not_before), to_rfc3339(row->not_after))
        << element("td", row->signers) << element("td", row->rules) << element("td", row->logged)
        << element("td", row->fingerprint, of_class("mono")) << "</tr>\n";
  }
  out << "</tbody></table></div>\n";
  if (left != 0)
    out << "<p class=\"soft\">And " << left << " older ones, which <code>--csv</code> lists.</p>\n";
}

}  // namespace

std::string escaped_html(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

void write_html(std::ostream& out, const Report& report, const ca::Authority& authority) {
  out << page_begin;
  write_summary(out, report, authority);
  write_findings(out, report);
  write_logs(out, report, authority);
  write_list(out, report, "Conflicts", "conflicts", {Code::conflict_address, Code::conflict_name});
  write_list(out, report, "Pending intents", "pending", {Code::pending_intent});
  write_certificates(out, report, authority);
  out << page_end;
}

}  // namespace jointca::audit
