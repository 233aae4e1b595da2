#include "cli/session_commands.h"

#include "cli/command_session.h"
#include "cli/flags.h"
#include "cli/session_run.h"

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

/// What `check`, `run` and `close` have in common.
void granted_options(CLI::App* command, std::string& grant, std::string& dir) {
  command->add_option("grant", grant, "the granted session")->required();
  command->add_option("--host", dir, "the host's directory")->envname("JOINTCA_HOST")->required();
}

constexpr const char* direct_help = "the channel `direct`, if the manifest has it, is meant";

void add_check(CLI::App* session, int& status) {
  static SessionCheckOptions options;
  CLI::App* command = session->add_subcommand("check", "could a granted session run here, now?");
  granted_options(command, options.grant, options.dir);
  command->add_option("--python", options.python, "the Python that will run MPyC");
  command->add_option("--wait", options.wait, "for the other members");
  command->add_flag("--local", options.local, "only what needs no other member");
  command->add_flag("--allow-direct", options.allow_direct, direct_help);
  json_flag(command, options.json);
  command->callback([&status] { status = session_check(options); });
}

void add_run(CLI::App* session, int& status) {
  static SessionRunOptions options;
  CLI::App* command = session->add_subcommand("run", "run the program of a granted session");
  granted_options(command, options.grant, options.dir);
  command->add_option("--python", options.python, "the Python that runs MPyC");
  command->add_option("--wait", options.wait, "for the other members");
  command->add_option("--watch", options.watch, "how often to ask whether somebody was revoked");
  command->add_option("--own", options.own,
                      "a file that the program reads and only this member has");
  command->add_option("--keep", options.keep, "a file that the program makes");
  command->add_flag("--allow-direct", options.allow_direct, direct_help);
  command->callback([&status] { status = session_run(options); });
}

void add_close(CLI::App* session, int& status) {
  static SessionCloseOptions options;
  CLI::App* command =
      session->add_subcommand("close", "take away what running a session left here");
  granted_options(command, options.grant, options.dir);
  json_flag(command, options.json);
  command->callback([&status] { status = session_close(options); });
}

}  // namespace

void add_session_commands(CLI::App& app, int& status) {
  CLI::App* session = app.add_subcommand("session", "agree on a session of MPyC, and run it")
                          ->require_subcommand(1);
  add_new(session, status);
  add_review(session, status);
  add_sign(session, status);
  add_grant(session, status);
  add_check(session, status);
  add_run(session, status);
  add_close(session, status);
}

}  // namespace jointca::cli
