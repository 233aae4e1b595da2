#include "cli/session_commands.h"

#include "cli/command_session.h"
#include "cli/flags.h"

namespace jointca::cli {
namespace {

void common_options(CLI::App* command, std::string& dir, std::string& python, bool& json) {
  command->add_option("--host", dir, "the host's directory")->envname("JOINTCA_HOST")->required();
  command->add_option("--python", python, "the Python that will run MPyC");
  json_flag(command, json);
}

void add_new(CLI::App* session, int& status) {
  static SessionNewOptions options;
  CLI::App* command = session->add_subcommand("new", "write a manifest of what this machine has");
  common_options(command, options.dir, options.python, options.json);
  command->add_option("--program", options.program, "of Python, within the working folder")
      ->required();
  command->add_option("--arg", options.arguments, "an argument of the program");
  command->add_option("--file", options.files, "a module or data that all members must have");
  command
      ->add_option("--member", options.members,
                   "a host, in seat order; NAME=ADDRESS where the channel is no overlay")
      ->required();
  command->add_option("--channel", options.channel, "nebula, wireguard, tls or direct")->required();
  command->add_option("--threshold", options.threshold,
                      "so many members learn nothing together; default: the most below half");
  command->add_option("--port", options.port, "on which MPyC listens")
      ->check(CLI::Range(1024U, 65535U));
  command->add_option("--meeting-port", options.meeting_port, "on which the members meet")
      ->check(CLI::Range(1024U, 65535U));
  command->add_option("--window", options.window, "how long the session may be run");
  command->add_option("-o,--out", options.out, "the manifest")->required();
  command->add_flag("--force", options.force, "overwrite the file");
  command->callback([&status] { status = session_new(options); });
}

void add_review(CLI::App* session, int& status) {
  static SessionFileOptions options;
  CLI::App* command =
      session->add_subcommand("review", "what a manifest says, and how this machine differs");
  common_options(command, options.dir, options.python, options.json);
  command->add_option("manifest", options.file)->required();
  command->callback([&status] { status = session_review(options); });
}

void add_sign(CLI::App* session, int& status) {
  static SessionFileOptions options;
  CLI::App* command = session->add_subcommand("sign", "consent to a manifest, for this host");
  common_options(command, options.dir, options.python, options.json);
  command->add_option("manifest", options.file)->required();
  command->add_option("-o,--out", options.out, "the consent")->required();
  command->add_flag("--force", options.force, "overwrite the file");
  command->callback([&status] { status = session_sign(options); });
}

void add_grant(CLI::App* session, int& status) {
  static SessionGrantOptions options;
  CLI::App* command = session->add_subcommand("grant", "ask the parties to grant a session");
  command->add_option("manifest", options.manifest)->required();
  command->add_option("--consent", options.consents, "of a member; those of all are needed")
      ->required();
  command->add_option("--host", options.dir, "the host's directory")
      ->envname("JOINTCA_HOST")
      ->required();
  command->add_option("--timeout", options.timeout, "how long to wait for operators");
  command->add_option("-o,--out", options.out, "the granted session")->required();
  command->add_flag("--force", options.force, "overwrite the file");
  json_flag(command, options.json);
  command->callback([&status] { status = session_grant(options); });
}

}  // namespace

void add_session_commands(CLI::App& app, int& status) {
  CLI::App* session =
      app.add_subcommand("session", "agree on a session of MPyC")->require_subcommand(1);
  add_new(session, status);
  add_review(session, status);
  add_sign(session, status);
  add_grant(session, status);
}

}  // namespace jointca::cli
