#include "cli/command_wg.h"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/clock.h"
#include "cli/console.h"
#include "daemon/harden.h"
#include "host/wireguard.h"
#include "machine/files.h"
#include "wg-adapter/config.h"

namespace jointca::cli {
namespace {

using Json = nlohmann::ordered_json;
using host::Paths;
using host::WireguardHost;
using wireguard::Binding;
using wireguard::LeftOut;
using wireguard::Report;

Json json_of(const std::vector<LeftOut>& left_out) {
  Json out = Json::array();
  for (const LeftOut& one : left_out)
    out.push_back({{"name", one.name},
                   {"fingerprint", one.fingerprint},
                   {"rule", one.rule},
                   {"reason", one.reason}});
  return out;
}

Json json_of(const Report& report) {
  return {{"interface", report.interface}, {"made_by", report.made_by},
          {"unchanged", report.unchanged}, {"peers", report.peers},
          {"added", report.added},         {"changed", report.changed},
          {"removed", report.removed},     {"own_problem", report.own_problem},
          {"warnings", report.warnings},   {"left_out", json_of(report.left_out)}};
}

std::vector<std::string> texts_of(const std::vector<ca::Prefix>& networks) {
  std::vector<std::string> texts;
  texts.reserve(networks.size());
  for (const ca::Prefix& network : networks) texts.push_back(network.text());
  return texts;
}

void print_left_out(const std::vector<LeftOut>& left_out) {
  for (const LeftOut& one : left_out)
    std::cerr << "left out: " << (one.name.empty() ? "a binding" : one.name) << ": " << one.rule
              << ", " << one.reason << '\n';
}

void print_report(const Report& report) {
  std::cout << report.interface << ": " << report.peers << " peers, ";
  if (report.unchanged)
    std::cout << "unchanged\n";
  else
    std::cout << report.added << " added, " << report.changed << " changed, " << report.removed
              << " removed\n";
  for (const std::string& warning : report.warnings) std::cerr << "warning: " << warning << '\n';
  print_left_out(report.left_out);
}

/// Writes a file for wg-quick, over one of ours only.
Result<Report, Error> write_quick(const WgInstallOptions& options, Time now) {
  constexpr std::size_t quick_bytes_max = std::size_t{64} << 20;
  const std::string& path = *options.quick;
  if (machine::file_exists(path)) {
    JCA_ASSIGN(Bytes content, machine::read_file(path, quick_bytes_max));
    const SecretBytes present(std::move(content));
    const BytesView mark = as_bytes(wireguard::quick_mark);
    if (present.expose().size() < mark.size() || !equal(present.expose().first(mark.size()), mark))
      return failed(path + ": it was not written by jointca; give another --quick");
  }
  JCA_ASSIGN(const WireguardHost self, host::open_wireguard_host(Paths{options.dir}, now));
  const wireguard::Selection selection = host::select_peers(self, now);
  const auto port =
      options.listen_port ? options.listen_port : wireguard::port_of(self.own.binding.endpoint);
  const SecretBytes text = wireguard::quick_text(self.key, self.own.binding, port, selection.peers);
  JCA_TRY(machine::write_file(path, text.expose(), 0600, machine::Overwrite::allow));
  Report report;
  report.interface = path;
  report.peers = report.added = selection.peers.size();
  report.own_problem = selection.own_problem;
  report.warnings = self.warnings;
  report.left_out = selection.left_out;
  return report;
}

/// The states of the host's interfaces, by the names of their files.
Result<std::map<std::string, wireguard::InterfaceState>, Error> read_states(const Paths& paths) {
  std::map<std::string, wireguard::InterfaceState> states;
  std::error_code problem;
  for (std::filesystem::directory_iterator file(paths.wireguard(), problem), end;
       !problem && file != end; file.increment(problem)) {
    const std::string path = file->path().string();
    if (!path.ends_with(host::interface_suffix)) continue;
    JCA_ASSIGN(auto state, wireguard::read_state(path));
    if (state) states.emplace(path, *std::move(state));
  }
  if (problem) return failed(paths.wireguard() + ": " + problem.message());
  return states;
}

/// "peer", "this host", or the rule by which it is left out.
std::string state_of(const wireguard::Opened& opened, const WireguardHost& self,
                     const wireguard::Selection& selection) {
  const std::string fingerprint = to_hex(opened.fingerprint);
  if (opened.fingerprint == self.own.fingerprint) return "this host";
  for (const LeftOut& one : selection.left_out)
    if (one.fingerprint == fingerprint) return one.rule;
  for (const auto& peer : selection.peers)
    if (peer.fingerprint == opened.fingerprint) return "peer";
  if (!selection.own_problem.empty()) return "no peer: this host is " + selection.own_problem;
  return "replaced by a newer one";
}

Json json_of(const wireguard::Opened& opened, std::string state) {
  const Binding& binding = opened.binding;
  return {{"name", binding.name},
          {"public_key", to_base64(binding.public_key)},
          {"networks", texts_of(binding.networks)},
          {"endpoint", binding.endpoint},
          {"groups", binding.groups},
          {"not_before", to_rfc3339(binding.not_before)},
          {"not_after", to_rfc3339(binding.not_after)},
          {"fingerprint", to_hex(opened.fingerprint)},
          {"state", std::move(state)}};
}

Json json_of(const wireguard::InterfaceState& state) {
  const auto link = wireguard::look_at(state.interface);
  return {{"interface", state.interface},
          {"present", link && link->index != 0},
          {"made_by", state.made_by},
          {"peers", state.owned.size()},
          {"installed", state.applied ? Json(to_rfc3339(state.applied->at)) : Json()}};
}

Result<Json, Error> overview(const Paths& paths) {
  const Time time = now();
  JCA_ASSIGN(const WireguardHost self, host::open_wireguard_host(paths, time));
  const wireguard::Selection selection = host::select_peers(self, time);
  JCA_ASSIGN(const auto states, read_states(paths));
  Json bindings = Json::array();
  for (const wireguard::Opened& opened : self.bindings.opened)
    bindings.push_back(json_of(opened, state_of(opened, self, selection)));
  Json interfaces = Json::array();
  for (const auto& [path, state] : states) interfaces.push_back(json_of(state));
  return Json{
      {"own", json_of(self.own, selection.own_problem.empty() ? "valid" : selection.own_problem)},
      {"revocations_number", self.revocations_number},
      {"warnings", self.warnings},
      {"bindings", std::move(bindings)},
      {"left_out", json_of(selection.left_out)},
      {"interfaces", std::move(interfaces)}};
}

std::string list_text(const Json& list) { return join(list.get<std::vector<std::string>>()); }

void print_overview(const Json& all) {
  const auto text = [](const Json& object, const char* name) {
    return object.at(name).get<std::string>();
  };
  const Json& own = all.at("own");
  print_fields(std::cout, {{"host", text(own, "name")},
                           {"addresses", list_text(own.at("networks"))},
                           {"public key", text(own, "public_key")},
                           {"binding", text(own, "state") + ", until " + text(own, "not_after")}});
  for (const Json& interface : all.at("interfaces"))
    std::cout << "interface " << text(interface, "interface") << ": "
              << interface.at("peers").get<std::size_t>() << " peers"
              << (interface.at("present").get<bool>() ? "" : ", not there now") << '\n';
  std::vector<std::vector<std::string>> rows{{"NAME", "ADDRESSES", "ENDPOINT", "UNTIL", "STATE"}};
  for (const Json& binding : all.at("bindings"))
    rows.push_back({text(binding, "name"), list_text(binding.at("networks")),
                    text(binding, "endpoint"), text(binding, "not_after"), text(binding, "state")});
  std::cout << '\n';
  print_table(std::cout, rows);
  for (const Json& warning : all.at("warnings"))
    std::cerr << "warning: " << warning.get<std::string>() << '\n';
}

}  // namespace

int wg_install(const WgInstallOptions& options) {
  daemon::forbid_dumps();
  const Time time = now();
  const auto report = options.quick ? write_quick(options, time)
                                    : host::install_wireguard(Paths{options.dir}, options.interface,
                                                              options.listen_port, time);
  if (!report) return cli::report(report.error());
  if (options.json)
    std::cout << json_of(*report).dump() << '\n';
  else
    print_report(*report);
  if (report->own_problem.empty()) return 0;
  return cli::report({Error::Code::verification,
                      "this host's own binding does not hold: " + report->own_problem +
                          "; it has no peers. " +
                          (report->own_problem == "revoked" ? "It needs another invitation"
                                                            : "`jointca agent --once` renews it")});
}

int wg_show(const std::string& dir, bool json) {
  daemon::forbid_dumps();
  const auto all = overview(Paths{dir});
  if (!all) return report(all.error());
  if (json)
    std::cout << all->dump() << '\n';
  else
    print_overview(*all);
  return 0;
}

int wg_remove(const std::string& dir, const std::string& interface, bool json) {
  const auto removed = [&]() -> Result<Report, Error> {
    if (!wireguard::is_interface_name(interface))
      return failed(Error::Code::usage, "--interface: 1 to 15 letters, digits and \"_=+.-\"");
    JCA_TRY(wireguard::check_able());
    const std::string path = host::interface_path(Paths{dir}, interface);
    JCA_ASSIGN(const auto state, wireguard::read_state(path));
    if (!state) return failed(interface + ": nothing was installed there from " + dir);
    return wireguard::remove(*state, path);
  }();
  if (!removed) return report(removed.error());
  if (json)
    std::cout << json_of(*removed).dump() << '\n';
  else
    std::cout << interface << ": "
              << (removed->made_by.empty() ? std::to_string(removed->removed) + " peers removed"
                                           : "the interface was removed")
              << '\n';
  return 0;
}

}  // namespace jointca::cli
