#include "cli/command_audit.h"

#include <algorithm>
#include <iostream>

#include "audit/explain.h"
#include "audit/report.h"
#include "cli/console.h"
#include "cli/log_source.h"
#include "cli/report_file.h"
#include "daemon/authority_check.h"
#include "daemon/evidence_dir.h"
#include "machine/files.h"
#include "mpyc-adapter/session.h"

namespace jointca::cli {
namespace {

using Sources = std::map<std::uint16_t, std::unique_ptr<audit::LogSource>>;

Result<Sources, Error> open_sources(const AuditOptions& options, const ca::Authority& authority) {
  std::map<std::string, std::string> places;
  for (const std::string& text : options.parties) {
    const auto equals = text.find('=');
    if (equals == std::string::npos)
      return failed(Error::Code::usage,
                    "--party " + text + ": expected NAME=DIR or NAME=https://…");
    if (!places.emplace(text.substr(0, equals), text.substr(equals + 1)).second)
      return failed(Error::Code::usage, "--party " + text + ": this party stands twice");
  }
  Sources sources;
  for (const ca::Party& party : authority.parties) {
    const auto given = places.extract(party.card.name);
    JCA_ASSIGN(
        sources[party.identifier],
        open_log_source(given.empty() ? "https://" + party.card.api : given.mapped(), party));
  }
  if (!places.empty())
    return failed(Error::Code::usage, "--party " + places.begin()->first + ": no such party");
  return sources;
}

std::string state_file(const AuditOptions& options) { return *options.state + "/audit.json"; }

Result<audit::Report, Error> read_logs(const AuditOptions& options, const ca::Authority& authority,
                                       Time now) {
  JCA_ASSIGN(const auto sources, open_sources(options, authority));
  audit::Request request{authority, {}, now, {}, options.full};
  for (const auto& [party, source] : sources) request.sources[party] = source.get();
  if (options.state && !options.certificate) {
    JCA_TRY(machine::make_private_directory(*options.state));
    if (machine::file_exists(state_file(options))) {
      JCA_ASSIGN(const Bytes text, machine::read_file(state_file(options), audit::state_bytes_max));
      request.state = to_text(text);
    }
  }
  return audit::run(request);
}

/// The path of each finding's evidence. What cannot be written is said, and does not stop the
/// report.
std::vector<std::string> write_evidence(const AuditOptions& options, const audit::Report& report) {
  std::vector<std::string> paths;
  const auto directory = options.evidence ? options.evidence
                         : options.state  ? std::optional(*options.state + "/evidence")
                                          : std::nullopt;
  for (const audit::Finding& finding : report.findings.all()) {
    paths.emplace_back();
    if (!finding.evidence) continue;
    if (!directory) {
      std::cerr << "jointca: give --evidence DIR to get the evidence against " << finding.party
                << '\n';
      continue;
    }
    const auto path = daemon::keep_evidence(*directory, *finding.evidence);
    if (path)
      paths.back() = *path;
    else
      std::cerr << "jointca: " << path.error().message << '\n';
  }
  return paths;
}

Result<Ok, Error> write_reports(const AuditOptions& options, const audit::Report& report,
                                const ca::Authority& authority,
                                const std::vector<std::string>& evidence) {
  if (options.csv)
    JCA_TRY(write_report(*options.csv, options.force,
                         [&](std::ostream& out) { write_csv(out, report, authority); }));
  if (options.html)
    JCA_TRY(write_report(*options.html, options.force,
                         [&](std::ostream& out) { write_html(out, report, authority); }));
  if (options.csv == "-" || options.html == "-") return Ok{};
  return write_report("-", false, [&](std::ostream& out) {
    if (options.json) return write_json(out, report, authority, evidence);
    write_text(out, report, authority);
    for (const std::string& path : evidence)
      if (!path.empty()) out << "\nevidence: " << path << '\n';
  });
}

Result<int, Error> audit_logs(const AuditOptions& options, const ca::Authority& authority,
                              Time now) {
  JCA_ASSIGN(const auto report, read_logs(options, authority, now));
  const auto evidence = write_evidence(options, report);
  JCA_TRY(write_reports(options, report, authority, evidence));
  if (options.state) {  // only now: what was found must not be lost with this process
    const std::string state = audit::to_json(report.next, *report.index);
    if (state.size() > audit::state_bytes_max)
      return failed(*options.state +
                    ": too many live certificates to remember; the next audit "
                    "begins where this one did");
    JCA_TRY(
        machine::write_file(state_file(options), as_bytes(state), 0600, machine::Overwrite::allow));
  }
  return audit::exit_status(report.findings,
                            std::any_of(evidence.begin(), evidence.end(),
                                        [](const std::string& path) { return !path.empty(); }));
}

/// Certificates and tokens as a host has them, or the grant and certificates of a session's file.
Parsed<std::vector<issued::Signed>> read_held(const std::string& text) {
  const auto session = mpyc::parse_session_file(text);
  if (!session) return issued::parse_signed(text);
  std::string issued_text = session->grant + "\n";
  for (const std::string& certificate : session->certificates) issued_text += certificate;
  return issued::parse_signed(issued_text);
}

Result<int, Error> explain_file(const AuditOptions& options, const ca::Authority& authority,
                                Time now) {
  JCA_ASSIGN(const Bytes text, machine::read_file(*options.certificate, mpyc::session_bytes_max));
  const auto held = read_held(to_text(text));
  if (!held)
    return failed(
        Error::Code::verification,
        *options.certificate + ": nothing that an authority issued: " + held.error().text());
  JCA_ASSIGN(const auto report, read_logs(options, authority, now));
  for (const audit::Finding& finding : report.findings.all())
    if (finding.code == audit::Code::missing_log || finding.code == audit::Code::wrong_entries)
      std::cerr << "jointca: " << finding.words << '\n';
  std::vector<audit::Explanation> all;
  for (const issued::Signed& each : *held) all.push_back(audit::explain(report, authority, each));
  if (options.json)
    audit::write_json(std::cout, all);
  else
    audit::write_text(std::cout, all, now);
  return audit::exit_status(all);
}

Result<int, Error> run(const AuditOptions& options, Time now) {
  JCA_ASSIGN(const Bytes text, machine::read_file(options.authority, ca::authority_bytes_max));
  JCA_ASSIGN(const auto authority, daemon::checked_authority(to_text(text)));
  return options.certificate ? explain_file(options, authority, now)
                             : audit_logs(options, authority, now);
}

}  // namespace

int audit(const AuditOptions& options, Time now) {
  const auto status = run(options, now);
  return status ? *status : report(status.error());
}

}  // namespace jointca::cli
