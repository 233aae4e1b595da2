// cli/main.cpp — the table of commands. docs/cli.md.
#include <cstdlib>
#include <iostream>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "base/text.h"
#include "cli/clock.h"
#include "cli/command_agent.h"
#include "cli/command_audit.h"
#include "cli/command_auditor.h"
#include "cli/command_cert.h"
#include "cli/command_operator.h"
#include "cli/command_party.h"
#include "cli/command_policy.h"
#include "cli/console.h"
#include "cli/flags.h"
#include "cli/host_commands.h"
#include "cli/session_commands.h"

namespace {

using namespace jointca::cli;

void passphrase_flag(CLI::App* command, std::optional<std::string>& file) {
  command->add_option("--passphrase-file", file,
                      "read the passphrase from this file (or JOINTCA_PASSPHRASE_FILE)");
}

void party_dir(CLI::App* command, std::string& dir) {
  command->add_option("--dir", dir, "the party's state directory")
      ->envname("JOINTCA_DIR")
      ->required();
}

/// `status` receives the exit status of the command that was chosen.
void add_party_commands(CLI::App& app, int& status) {
  CLI::App* party = app.add_subcommand("party", "this machine's party")->require_subcommand(1);
  static PartyInitOptions init;
  CLI::App* command = party->add_subcommand("init", "make a party's identity key and card");
  command->add_option("name", init.name, "1 to 63 of a-z, 0-9 and '-'")->required();
  party_dir(command, init.dir);
  command->add_option("--listen", init.listen, "ADDR:PORT for the other parties")->required();
  command->add_option("--advertise", init.advertise, "ADDR:PORT that the card names instead");
  command->add_option("--api", init.api, "ADDR:PORT for hosts; default: one port above --listen");
  command->add_option("--advertise-api", init.advertise_api,
                      "ADDR:PORT that the card names instead");
  passphrase_flag(command, init.passphrase_file);
  command->add_flag("--insecure-no-passphrase", init.no_passphrase, "for trials only");
  json_flag(command, init.json);
  command->callback([&status] { status = party_init(init); });

  static KeygenOptions key;
  command = app.add_subcommand("keygen", "make the joint CA key, together with the other parties");
  party_dir(command, key.dir);
  command->add_option("--name", key.name, "name of the CA")->required();
  command->add_option("--scheme", key.scheme, "ed25519 or p256");
  command->add_option("--min-signers", key.min_signers, "how many must sign")
      ->default_str("a majority");
  command->add_option("--party", key.cards, "card of each party, this one's included")->required();
  command->add_option("--network", key.networks, "overlay network, such as 10.42.0.0/16")
      ->required();
  command->add_option("--group", key.groups, "a group that may be granted; default: any");
  command->add_option("--valid", key.valid, "lifetime of each CA certificate");
  command->add_option("--successors", key.successors,
                      "CA certificates made in advance; each begins at half of the life of the one "
                      "before");
  command->add_option("--timeout", key.timeout, "how long to wait for the others");
  command->add_flag("--discard-pending", key.discard_pending,
                    "give up a ceremony that never got its certificate");
  passphrase_flag(command, key.passphrase_file);
  json_flag(command, key.json);
  command->callback([&status] { status = keygen(key); });

  static ServeCommandOptions daemon;
  command = app.add_subcommand("serve", "run the party's daemon; SIGHUP reads its files again");
  party_dir(command, daemon.dir);
  command->add_option("--policy", daemon.policy, "policy.yaml; default: ask about everything");
  command->add_option("--witnessing", daemon.witnessing,
                      "tlog-policy of outside logs to witness and of witnesses to ask");
  passphrase_flag(command, daemon.passphrase_file);
  command->callback([&status] { status = serve(daemon); });

  CLI::App* policy = app.add_subcommand("policy", "policy files")->require_subcommand(1);
  static std::string policy_file;
  static bool json;
  command = policy->add_subcommand("check", "is this policy well-formed, and what does it say");
  command->add_option("file", policy_file)->required();
  static std::optional<std::string> request, authority;
  command->add_option("--request", request,
                      "an invitation or DIR/enroll.request of a host: judge it");
  command->add_option("--authority", authority, "its authority.json, for names and limits");
  json_flag(command, json);
  command->callback([&status] { status = policy_check({policy_file, request, authority, json}); });
}

void add_operator_commands(CLI::App& app, int& status) {
  static std::string dir, id, reason;
  static bool json, all;
  static std::string host;
  CLI::App* command = app.add_subcommand("status", "how a party, or a host, stands");
  CLI::Option* party =
      command->add_option("--dir", dir, "a party's state directory")->envname("JOINTCA_DIR");
  CLI::Option* of_host = command->add_option("--host", host, "or a host's directory");
  json_flag(command, json);
  command->callback([&status, party, of_host] {
    if (party->empty() && of_host->empty()) throw CLI::RequiredError("--dir or --host");
    status = of_host->empty() ? jointca::cli::status(dir, json) : host_status(host, json);
  });

  command = app.add_subcommand("hosts", "every live certificate");
  party_dir(command, dir);
  command->add_flag("--all", all, "also those that are revoked");
  json_flag(command, json);
  command->callback([&status] { status = hosts(dir, all, json); });

  command = app.add_subcommand("revoke", "ask that a host, or one certificate, is revoked");
  static std::string target;
  command->add_option("target", target, "a host's name, or the fingerprint of a certificate")
      ->required();
  command->add_option("--reason", reason, "for the other operators and the log")->required();
  party_dir(command, dir);
  json_flag(command, json);
  command->callback([&status] { status = revoke(dir, target, reason, json); });

  command = app.add_subcommand("requests", "what waits for this party's operator");
  party_dir(command, dir);
  command->add_flag("--all", all, "also what is decided");
  json_flag(command, json);
  command->callback([&status] { status = requests(dir, all, json); });

  command = app.add_subcommand("approve", "say yes to a request");
  command->add_option("id", id, "its id, or the first 16 digits or more")->required();
  party_dir(command, dir);
  json_flag(command, json);
  command->callback([&status] { status = approve(dir, id, json); });

  command = app.add_subcommand("deny", "say no to a request");
  command->add_option("id", id, "its id, or the first 16 digits or more")->required();
  command->add_option("--reason", reason)->required();
  party_dir(command, dir);
  json_flag(command, json);
  command->callback([&status] { status = deny(dir, id, reason, json); });

  static InviteOptions invitation;
  command = app.add_subcommand("invite", "print an invitation for one host");
  command->add_option("name", invitation.name, "the host's name")->required();
  party_dir(command, invitation.dir);
  command
      ->add_option("--kind", invitation.kinds, "nebula, wireguard, x509; several: nebula,wireguard")
      ->delimiter(',');
  command->add_flag("--lighthouse", invitation.lighthouse,
                    "the host may become a lighthouse of Nebula");
  command->add_option("--group", invitation.groups, "a group for the host");
  command->add_option("--address", invitation.addresses, "an address; default: the lowest free");
  command->add_option("--ttl", invitation.ttl, "longest lifetime of its certificates");
  command->add_option("--uses", invitation.uses, "how many hosts may use it")
      ->check(CLI::Range(1U, 65535U));
  command->add_option("--expires", invitation.expires, "when the invitation ends");
  command->add_option("--out", invitation.out, "write it to this file, mode 0600");
  command->add_flag("--force", invitation.force, "overwrite the file");
  json_flag(command, invitation.json);
  command->callback([&status] { status = invite(invitation); });
}

void add_public_commands(CLI::App& app, int& status) {
  static std::string file, dir, to;
  static std::optional<std::string> authority;
  static CertVerifyOptions verified;
  static std::vector<std::string> cards;
  static bool json;
  CLI::App* cert = app.add_subcommand("cert", "certificates")->require_subcommand(1);
  CLI::App* command = cert->add_subcommand("show", "print every certificate in a file");
  command->add_option("file", file, "\"-\" is standard input")->required();
  json_flag(command, json);
  command->callback([&status] { status = cert_show(file, json, now(), std::cout, std::cerr); });

  command = cert->add_subcommand("verify", "verify every certificate in a file");
  command->add_option("file", verified.file, "\"-\" is standard input")->required();
  command->add_option("--ca", verified.ca, "the CA bundle");
  command->add_option("--authority", verified.authority, "or the authority.json of the CA");
  command->add_option("--proofs", verified.proofs,
                      "and was it logged by t parties: a directory of tlog-proofs");
  command->add_option("--revocations", verified.revocations,
                      "and is it revoked: the list, a file or https://ADDR:PORT of a party");
  command->add_option("--min-number", verified.number_min,
                      "refuse a list with a smaller number: the largest that was seen");
  command->add_option("--at", verified.at, "as of this RFC 3339 time");
  json_flag(command, verified.json);
  command->callback([&status] { status = cert_verify(verified, now(), std::cout, std::cerr); });

  command = app.add_subcommand("verify-evidence", "does this file convict a party");
  command->add_option("file", file)->required();
  command->add_option("--authority", authority, "authority.json");
  command->add_option("--party", cards, "or the cards of all parties of a failed ceremony");
  json_flag(command, json);
  command->callback([&status] { status = verify_evidence(file, authority, cards, json); });

  static AuditOptions audit_options;
  command = app.add_subcommand("audit", "read all parties' logs and say what is wrong");
  command->add_option("certificate", audit_options.certificate,
                      "explain the certificates of this file instead");
  command->add_option("--authority", audit_options.authority, "authority.json")->required();
  command->add_option("--party", audit_options.parties,
                      "NAME=https://HOST:PORT or NAME=DIR; default: the address in its card");
  command->add_option("--state", audit_options.state,
                      "directory that remembers what was read; the next audit continues there");
  command->add_flag("--full", audit_options.full, "read whole logs although there is a state");
  command->add_option("--csv", audit_options.csv, "write all certificates to this file");
  command->add_option("--html", audit_options.html, "write the report as a page to this file");
  command->add_option("--evidence", audit_options.evidence,
                      "directory for evidence files; default: STATE/evidence");
  command->add_flag("--force", audit_options.force, "overwrite the files");
  json_flag(command, audit_options.json);
  command->callback([&status] { status = audit(audit_options, now()); });

  CLI::App* log = app.add_subcommand("log", "this party's log")->require_subcommand(1);
  command = log->add_subcommand("export", "write it as a static tlog-tiles tree");
  party_dir(command, dir);
  command->add_option("--to", to, "the directory to write")->required();
  json_flag(command, json);
  command->callback([&status] { status = log_export(dir, to, json); });
  static std::optional<std::string> passphrase_file;
  command = log->add_subcommand("recover", "fetch what it is missing from the other parties");
  party_dir(command, dir);
  passphrase_flag(command, passphrase_file);
  json_flag(command, json);
  command->callback([&status] { status = log_recover(dir, passphrase_file, json); });
}

/// The word that stands where a command is expected and is none; empty if there is no such word.
std::string unknown_command(const CLI::App& app) {
  const CLI::App* chosen = &app;
  while (!chosen->get_subcommands().empty()) chosen = chosen->get_subcommands().front();
  if (chosen->get_require_subcommand_min() == 0) return {};
  for (const std::string& word : app.remaining(true))
    if (!word.starts_with('-')) return word;
  return {};
}

/// `--help` shows defaults, but not that a list has no element yet.
void forget_empty_lists(CLI::App& app) {
  for (CLI::Option* option : app.get_options())
    if (option->get_default_str() == "[]") option->default_str("");
  for (CLI::App* each : app.get_subcommands([](const CLI::App*) { return true; }))
    forget_empty_lists(*each);
}

/// The commands that may stand there.
std::string known_commands(const CLI::App& app) {
  const CLI::App* chosen = &app;
  while (!chosen->get_subcommands().empty()) chosen = chosen->get_subcommands().front();
  std::vector<std::string> names;
  for (const CLI::App* each : chosen->get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(each->get_name());
  return jointca::join(names);
}

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): only what reports an error may still throw
int main(int argc, char** argv) {
  CLI::App app("jointca: a certificate authority that no one owns alone");
  app.set_version_flag("--version", std::string("jointca ") + JOINTCA_VERSION);
  app.require_subcommand(1);
  app.option_defaults()->always_capture_default();  // shown by --help
  int status = 0;
  add_party_commands(app, status);
  add_operator_commands(app, status);
  add_host_commands(app, status);
  add_session_commands(app, status);
  add_public_commands(app, status);
  forget_empty_lists(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool help = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success);
    if (const std::string word = unknown_command(app); !help && !word.empty())
      std::cerr << "jointca: no command \"" << printable(word) << "\"; there are "
                << known_commands(app) << '\n';
    else
      app.exit(error);
    return help ? 0 : static_cast<int>(jointca::Error::Code::usage);
  } catch (const std::exception& error) {
    std::cerr << "jointca: " << error.what() << '\n';
    return static_cast<int>(jointca::Error::Code::failed);
  }
  return status;
}
