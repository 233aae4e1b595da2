#include "cli/command_nebula.h"

#include <iostream>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/console.h"
#include "daemon/harden.h"

namespace jointca::cli {
namespace {

using Json = nlohmann::ordered_json;
using nebula::InstallReport;
using nebula::Reload;

std::vector<std::string> texts(const std::vector<ca::Prefix>& networks) {
  std::vector<std::string> out;
  out.reserve(networks.size());
  for (const ca::Prefix& network : networks) out.push_back(network.text());
  return out;
}

std::string reload_name(Reload reload) {
  switch (reload) {
    case Reload::none:
      return "none";
    case Reload::not_running:
      return "not running";
    case Reload::confirmed:
      return "confirmed";
  }
  return {};
}

void print_json(const host::NebulaInstalled& done, const NebulaCommandOptions& options) {
  const InstallReport& report = done.report;
  Json lighthouses = Json::array();
  for (const nebula::KnownLighthouse& each : report.lighthouses) {
    std::vector<std::string> addresses;
    for (const ca::IpAddress& address : each.addresses) addresses.push_back(address.text());
    lighthouses.push_back(
        {{"name", each.name}, {"addresses", addresses}, {"endpoints", each.endpoints}});
  }
  std::vector<std::string> fingerprints;
  for (const nebula::Certificate& each : report.host.certificates)
    fingerprints.push_back(to_hex(nebula::fingerprint(each)));
  std::cout << Json{{"changed", report.changed},
                    {"directory", options.install.to},
                    {"config", report.config},
                    {"name", report.host.details().name},
                    {"networks", texts(report.host.networks())},
                    {"groups", report.host.details().groups},
                    {"not_after", to_rfc3339(report.host.not_after())},
                    {"fingerprints", fingerprints},
                    {"lighthouse", report.am_lighthouse},
                    {"lighthouses", lighthouses},
                    {"left_out", done.left_out},
                    {"warnings", report.warnings},
                    {"blocked", report.blocked},
                    {"revocations", report.revocations},
                    {"reload", reload_name(report.reload)},
                    {"restart_needed", !report.restart.empty()},
                    {"restart_reasons", report.restart}}
                   .dump()
            << '\n';
}

std::string lighthouses_text(const InstallReport& report) {
  std::vector<std::string> out;
  for (const nebula::KnownLighthouse& each : report.lighthouses)
    out.push_back(each.addresses.front().text() + " at " + join(each.endpoints));
  if (!out.empty()) return join(out);
  return report.am_lighthouse ? "this host" : "none known: no other host will be found";
}

std::string nebula_text(const InstallReport& report, const NebulaCommandOptions& options) {
  if (!report.restart.empty())
    return "must be started again, a reload does not suffice: " + join(report.restart);
  if (report.reload == Reload::confirmed) return "has read the files";
  if (report.reload == Reload::none && !report.changed) return "was not told: nothing has changed";
  const std::string start =
      "start it with -config " + (options.install.fragment ? options.install.to : report.config);
  if (report.reload == Reload::not_running) return "is not running; " + start;
  return "was not told; " + start + (options.no_reload ? "" : ", or if it runs, give --pid-file");
}

}  // namespace

int nebula_install(const NebulaCommandOptions& options, Time now) {
  daemon::forbid_dumps();
  const auto done = host::install_nebula({options.dir}, options.install, now);
  if (!done) return report(done.error());
  const InstallReport& report = done->report;
  for (const std::string& each : done->left_out) std::cerr << "left out: " << each << '\n';
  for (const std::string& each : report.warnings) std::cerr << "warning: " << each << '\n';
  if (options.json) {
    print_json(*done, options);
    return 0;
  }
  const Time end = report.host.not_after();
  std::vector<std::pair<std::string, std::string>> fields{
      {"set", report.changed ? "installed in " + options.install.to
                             : "unchanged in " + options.install.to},
      {"name", printable(report.host.details().name)},
      {"addresses", join(texts(report.host.networks()))},
      {"expires", to_rfc3339(end) + " (" + distance(end, now) + ")"}};
  if (!options.install.fragment) fields.emplace_back("lighthouses", lighthouses_text(report));
  fields.emplace_back(
      "blocked", std::to_string(report.blocked) + " certificates" +
                     (report.revocations == 0 ? ", no list of revocations"
                                              : ", list " + std::to_string(report.revocations)));
  fields.emplace_back("config", report.config);
  fields.emplace_back("nebula", nebula_text(report, options));
  print_fields(std::cout, fields);
  return 0;
}

}  // namespace jointca::cli
