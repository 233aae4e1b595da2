#include "cli/command_agent.h"

#include <algorithm>
#include <iostream>
#include <thread>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/clock.h"
#include "cli/console.h"
#include "crypto/rng.h"
#include "daemon/harden.h"
#include "host/agent.h"
#include "host/documents.h"
#include "host/nebula.h"
#include "host/wireguard.h"
#include "machine/files.h"
#include "machine/lock.h"

namespace jointca::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr Duration interval_least{5};

void tell(const std::string& line) { std::cerr << to_rfc3339(now()) << ' ' << line << std::endl; }

/// What an adapter did, in words.
host::Outcome outcome_of(host::NebulaInstalled installed) {
  const nebula::InstallReport& report = installed.report;
  host::Outcome out{"", report.warnings, std::move(installed.left_out)};
  for (const std::string& reason : report.restart)
    out.warnings.push_back("nebula must be started again: " + reason);
  if (report.changed) out.detail = "installed until " + to_rfc3339(report.host.not_after());
  if (report.changed && report.reload == nebula::Reload::confirmed) out.detail += ", reloaded";
  return out;
}

host::Outcome outcome_of(const wireguard::Report& report) {
  host::Outcome out{"", report.warnings};
  for (const wireguard::LeftOut& each : report.left_out)
    out.refused.push_back((each.name.empty() ? "a binding" : each.name) + ": " + each.rule + ": " +
                          each.reason);
  if (!report.unchanged && report.added + report.changed + report.removed > 0)
    out.detail = std::to_string(report.peers) + " peers (" + std::to_string(report.added) +
                 " added, " + std::to_string(report.changed) + " changed, " +
                 std::to_string(report.removed) + " removed)";
  return out;
}

host::Adapter nebula_adapter(const AgentOptions& options) {
  host::NebulaOptions install;
  install.to = *options.nebula;
  install.tun = options.tun;
  install.ipv4_lighthouses = options.nebula_ipv4_lighthouses;
  install.fragment = options.nebula_fragment;
  install.program = options.nebula_program;
  install.pid_file = options.nebula_pid_file;
  install.log = options.nebula_log;
  return {"nebula", [dir = options.dir, install](Time at) -> Result<host::Outcome, Error> {
            JCA_ASSIGN(auto installed, host::install_nebula({dir}, install, at));
            return outcome_of(std::move(installed));
          }};
}

host::Adapter wireguard_adapter(const AgentOptions& options) {
  return {"wireguard",
          [dir = options.dir, interface = *options.wireguard,
           port = options.listen_port](Time at) -> Result<host::Outcome, Error> {
            JCA_ASSIGN(const auto report, host::install_wireguard({dir}, interface, port, at));
            if (!report.own_problem.empty())
              return failed(Error::Code::verification,
                            "this host's own binding: " + report.own_problem);
            return outcome_of(report);
          }};
}

/// Whether there is nothing to warn of, after the one tick of --once; else it does not return.
Result<bool, Error> run(const AgentOptions& options) {
  const auto interval = duration_from_text(options.interval);
  if (!interval || *interval < interval_least)
    return failed(Error::Code::usage, "--interval: expected a duration of at least 5s");
  const host::Paths paths{options.dir};
  JCA_TRY(host::read_holdings(paths));  // before anything else: is there a host
  JCA_ASSIGN(const auto lock,
             machine::FileLock::acquire(options.dir + "/agent.lock",
                                        options.dir + ": another agent runs on this directory"));
  std::vector<host::Adapter> adapters;
  if (options.nebula) adapters.push_back(nebula_adapter(options));
  if (options.wireguard) adapters.push_back(wireguard_adapter(options));
  SystemRng rng;
  host::Agent agent(paths, options.metrics.value_or(paths.metrics()), std::move(adapters), now,
                    tell, rng);
  for (std::vector<std::string> shown;;) {
    JCA_ASSIGN(const auto status, agent.tick());
    const auto warnings = status.warnings();
    for (const std::string& warning : warnings)
      if (std::find(shown.begin(), shown.end(), warning) == shown.end())
        tell("warning: " + warning);
    shown = warnings;
    if (options.once) {
      if (auto failure = agent.failure()) return Unexpected{*std::move(failure)};
      return warnings.empty();
    }
    // Every file is written whole or not at all: a signal may end us anywhere.
    std::this_thread::sleep_for(*interval);
  }
}

Result<host::Status, Error> present_status(const host::Paths& paths) {
  JCA_ASSIGN(const auto authority, host::read_authority(paths));
  host::Status status{now(), authority.name, {}, {}, 0, {}, {}, {}, {}};
  JCA_ASSIGN(status.holdings, host::read_holdings(paths));
  status.renew_at = host::renewal_time(status.holdings);
  JCA_ASSIGN(status.revocations, host::read_revocations(paths, authority));
  return status;
}

}  // namespace

int agent(const AgentOptions& options) {
  daemon::forbid_dumps();
  const auto well = run(options);
  if (!well) return report(well.error());
  return *well ? 0 : 1;
}

int host_status(const std::string& dir, bool json) {
  const host::Paths paths{dir};
  auto status = present_status(paths);
  if (!status) return report(status.error());
  std::optional<Time> agent_ran;
  std::string spoilt;
  if (machine::file_exists(paths.status())) {
    const std::string what = "what the agent wrote cannot be read: ";
    const auto text = machine::read_file(paths.status(), host::status_bytes_max);
    if (!text)
      spoilt = what + text.error().message;
    else if (const auto written = host::take_from_agent(*status, to_text(*text)))
      agent_ran = *written;
    else
      spoilt = what + written.error().text();
  }
  Json document = Json::parse(host::to_json(*status));
  document["agent"] = agent_ran ? Json(to_rfc3339(*agent_ran)) : Json(nullptr);
  std::vector<std::string> warnings = status->warnings();
  if (!spoilt.empty()) warnings.push_back(spoilt);
  document["warnings"] = warnings;
  document["healthy"] = warnings.empty();
  const int exit_status = warnings.empty() ? 0 : 1;
  if (json) {
    std::cout << document.dump(2) << '\n';
    return exit_status;
  }
  const auto text = [](const Json& value) { return value.get<std::string>(); };
  std::vector<std::pair<std::string, std::string>> fields{
      {"name", text(document["name"]) + " of " + text(document["authority"])},
      {"addresses", join(document["networks"].get<std::vector<std::string>>())}};
  for (const host::Holding& holding : status->holdings)
    fields.emplace_back(holding.kind, "until " + to_rfc3339(holding.not_after) + " (" +
                                          distance(holding.not_after, status->now) + ")");
  fields.emplace_back("renews", to_rfc3339(status->renew_at) + " (" +
                                    distance(status->renew_at, status->now) + ")");
  if (const auto& list = status->revocations)
    fields.emplace_back("revocations", "number " + std::to_string(list->number) + ", of " +
                                           to_rfc3339(list->this_update));
  fields.emplace_back("agent", agent_ran ? "ran last at " + to_rfc3339(*agent_ran) : "has not run");
  for (const host::Task& task : status->tasks)
    for (const std::string& each : task.refused)
      fields.emplace_back("refused", task.name + ": " + each);
  for (const std::string& warning : warnings) fields.emplace_back("warning", warning);
  print_fields(std::cout, fields);
  return exit_status;
}

}  // namespace jointca::cli
