// cli/host_commands.cpp — the commands of a host, for the table in main.cpp.
#include "cli/host_commands.h"

#include "cli/clock.h"
#include "cli/command_agent.h"
#include "cli/command_enroll.h"
#include "cli/command_nebula.h"
#include "cli/command_wg.h"
#include "cli/flags.h"

namespace jointca::cli {
namespace {

void host_dir(CLI::App* command, std::string& dir) {
  command->add_option("--host", dir, "the host's directory")->envname("JOINTCA_HOST")->required();
}

void add_membership_commands(CLI::App& app, int& status) {
  CLI::App* enroll = app.add_subcommand("enroll", "join an authority")->require_subcommand(1);
  static EnrollOptions options;
  CLI::App* command = enroll->add_subcommand("host", "make keys and get certificates for them");
  command->add_option("invitation", options.invitation, "the invitation, or a file that holds it")
      ->required();
  host_dir(command, options.dir);
  command->add_option("--endpoint", options.endpoints,
                      "ADDR:PORT where other hosts reach this one; for one overlay of several: "
                      "nebula=ADDR:PORT, wireguard=ADDR:PORT");
  command->add_option("--nebula-key", options.nebula_key,
                      "a private key that nebula-cert keygen made; default: jointca makes one");
  command->add_option("--nebula-pub", options.nebula_pub,
                      "refused: a public key cannot prove that the host has the private one");
  command->add_flag("--lighthouse", options.lighthouse, "this host will be a lighthouse");
  command->add_option("--timeout", options.timeout, "how long to wait for operators");
  command->add_flag("--force", options.force, "enrol anew over existing certificates");
  json_flag(command, options.json);
  command->callback([&status] { status = enroll_host(options); });

  static RenewOptions renewal;
  command = app.add_subcommand("renew", "get new certificates for an enrolled host");
  host_dir(command, renewal.dir);
  command->add_flag("--rekey", renewal.rekey, "for new keys, which replace the old ones");
  command->add_option("--timeout", renewal.timeout, "how long to wait for operators");
  json_flag(command, renewal.json);
  command->callback([&status] { status = renew(renewal); });
}

void add_agent_command(CLI::App& app, int& status) {
  static AgentOptions options;
  CLI::App* command = app.add_subcommand(
      "agent", "renew, fetch, and keep Nebula and WireGuard in step, again and again");
  host_dir(command, options.dir);
  command->add_flag("--once", options.once, "one tick, for cron");
  command->add_option("--interval", options.interval, "between ticks");
  command->add_option("--metrics", options.metrics,
                      "write them to this file instead of DIR/metrics.prom");
  CLI::Option* nebula =
      command->add_option("--nebula", options.nebula, "Nebula's directory, such as /etc/nebula");
  command
      ->add_option("--nebula-pid-file", options.nebula_pid_file,
                   "holds the process id of nebula, to be reloaded")
      ->needs(nebula);
  command
      ->add_option("--nebula-log", options.nebula_log,
                   "nebula's log file, to confirm the reload by")
      ->needs(nebula);
  command->add_option("--nebula-program", options.nebula_program, "the nebula that runs")
      ->needs(nebula);
  command->add_option("--tun", options.tun, "name of Nebula's interface")->needs(nebula);
  command
      ->add_flag("--nebula-ipv4-lighthouses", options.nebula_ipv4_lighthouses,
                 "some lighthouse runs Nebula before 1.10: no IPv6 between hosts")
      ->needs(nebula);
  command
      ->add_flag("--nebula-fragment", options.nebula_fragment,
                 "only 90-jointca-pki.yml; the rest of the configuration is yours")
      ->needs(nebula);
  CLI::Option* wireguard =
      command->add_option("--wireguard", options.wireguard, "the interface, such as jca0");
  command->add_option("--listen-port", options.listen_port, "of the interface")
      ->check(CLI::Range(1U, 65535U))
      ->needs(wireguard);
  command->callback([&status] { status = agent(options); });
}

void add_nebula_commands(CLI::App& app, int& status) {
  CLI::App* nebula = app.add_subcommand("nebula", "Nebula on this host")->require_subcommand(1);
  static NebulaCommandOptions install;
  CLI::App* command =
      nebula->add_subcommand("install", "put the host's files where Nebula uses them");
  host_dir(command, install.dir);
  command->add_option("--to", install.install.to, "Nebula's directory, such as /etc/nebula")
      ->required();
  command->add_option("--lighthouse", install.install.lighthouses,
                      "OVERLAY-ADDRESS=ADDR:PORT of a lighthouse, beside those that are known");
  command->add_flag("--ipv4-lighthouses", install.install.ipv4_lighthouses,
                    "some lighthouse runs Nebula before 1.10: no IPv6 between hosts");
  command->add_option("--tun", install.install.tun, "name of the interface");
  command->add_flag("--fragment", install.install.fragment,
                    "only 90-jointca-pki.yml; the rest of the configuration is yours");
  command->add_option("--nebula", install.install.program, "the nebula that will run");
  CLI::Option* pid_file = command->add_option("--pid-file", install.install.pid_file,
                                              "holds the process id of nebula, to be reloaded");
  command
      ->add_option("--nebula-log", install.install.log,
                   "nebula's log file, to confirm the reload by")
      ->needs(pid_file);
  command->add_flag("--no-reload", install.no_reload, "do not tell nebula")->excludes(pid_file);
  command->add_flag("--force", install.install.force, "replace files that jointca did not write");
  json_flag(command, install.json);
  command->callback([&status] { status = nebula_install(install, now()); });
}

void add_wg_commands(CLI::App& app, int& status) {
  CLI::App* wg = app.add_subcommand("wg", "this host's WireGuard interface")->require_subcommand(1);
  static WgInstallOptions options;
  static std::string dir, interface;
  static bool json;
  CLI::App* command = wg->add_subcommand("install", "make the peers those of the live bindings");
  host_dir(command, options.dir);
  CLI::Option* name = command->add_option("--interface", options.interface,
                                          "made if it is missing; peers of others stay");
  command->add_option("--listen-port", options.listen_port, "default: that of the host's endpoint")
      ->check(CLI::Range(1U, 65535U));
  CLI::Option* quick = command->add_option("--quick", options.quick,
                                           "change nothing; write a file for wg-quick, mode 0600");
  quick->excludes(name);
  json_flag(command, options.json);
  command->callback([&status, name, quick] {
    if (name->empty() && quick->empty()) throw CLI::RequiredError("--interface or --quick");
    status = wg_install(options);
  });

  command = wg->add_subcommand("show", "bindings, which of them are peers, and why not");
  host_dir(command, dir);
  json_flag(command, json);
  command->callback([&status] { status = wg_show(dir, json); });

  command = wg->add_subcommand("remove", "undo what install did to an interface");
  host_dir(command, dir);
  command->add_option("--interface", interface)->required();
  json_flag(command, json);
  command->callback([&status] { status = wg_remove(dir, interface, json); });
}

}  // namespace

void add_host_commands(CLI::App& app, int& status) {
  add_membership_commands(app, status);
  add_agent_command(app, status);
  add_nebula_commands(app, status);
  add_wg_commands(app, status);
}

}  // namespace jointca::cli
