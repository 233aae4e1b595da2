#include "cli/session_run.h"

#include <iostream>

#include <nlohmann/json.hpp>

#include "cli/clock.h"
#include "cli/console.h"
#include "daemon/harden.h"
#include "host/session_journal.h"
#include "host/session_run.h"
#include "machine/files.h"

namespace jointca::cli {
namespace {

using Json = nlohmann::ordered_json;
using host::Problem;

void tell(const std::string& line) { std::cerr << line << '\n'; }

/// One line that names the check, what it is about, and what to do.
int refuse(const Problem& problem) {
  const mpyc::CheckRow& row = mpyc::row_of(problem.check);
  std::cerr << "jointca: " << row.name << ": " << problem.reason << "; " << row.remedy << '\n';
  return row.exit_status;
}

int refuse(const host::Stop& stop) {
  const auto* const problem = std::get_if<Problem>(&stop);
  return problem != nullptr ? refuse(*problem) : report(std::get<Error>(stop));
}

Result<Duration, Error> duration(const std::string& flag, const std::string& text) {
  const auto read = duration_from_text(text);
  if (!read) return failed(Error::Code::usage, flag + ": " + read.error().text());
  return *read;
}

std::string milliseconds(std::chrono::microseconds time) {
  const auto tenths = (time.count() + 50) / 100;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " ms";
}

void print(const host::CheckedSession& checked, const std::vector<host::Met>& met) {
  std::vector<std::vector<std::string>> rows{{"seat", "member", "address", "round trip", "clock"}};
  const mpyc::Manifest& manifest = checked.manifest();
  for (std::size_t i = 0; i < manifest.seats.size(); ++i)
    rows.push_back({std::to_string(i), manifest.seats[i].name, manifest.seats[i].address.text(),
                    i == checked.seat ? "this host" : "-", ""});
  for (const host::Met& each : met) {
    rows[each.seat + 1][3] = milliseconds(each.round_trip);
    rows[each.seat + 1][4] = (each.clock_ahead.count() < 0 ? "" : "+") +
                             std::to_string(each.clock_ahead.count()) + " ms";
  }
  print_table(std::cout, rows);
}

Json json_of(const host::CheckedSession& checked, const std::vector<host::Met>& met) {
  Json members = Json::array();
  for (const host::Met& each : met)
    members.push_back({{"seat", each.seat},
                       {"name", checked.manifest().seats[each.seat].name},
                       {"round_trip_us", each.round_trip.count()},
                       {"clock_ahead_ms", each.clock_ahead.count()}});
  return {{"ok", true},
          {"session", checked.id()},
          {"manifest", to_hex(mpyc::digest(checked.manifest()))},
          {"seat", checked.seat},
          {"members", std::move(members)}};
}

Json json_of(const Problem& problem) {
  const mpyc::CheckRow& row = mpyc::row_of(problem.check);
  return {{"ok", false},
          {"check", std::string(row.name)},
          {"exit_status", row.exit_status},
          {"reason", problem.reason},
          {"remedy", std::string(row.remedy)}};
}

Result<Ok, host::Stop> check(const SessionCheckOptions& options) {
  JCA_ASSIGN(const Duration wait, duration("--wait", options.wait));
  JCA_ASSIGN(const auto checked,
             host::check_here(
                 {{options.dir}, options.grant, ".", options.python, options.allow_direct}, now()));
  std::vector<host::Met> met;
  if (!options.local) {
    JCA_ASSIGN(met, host::check_others(checked, host::Intent::check, wait, tell));
  }
  if (options.json)
    std::cout << json_of(checked, met).dump() << '\n';
  else
    print(checked, met);
  return Ok{};
}

Result<int, host::Stop> run(const SessionRunOptions& options) {
  host::RunOptions run;
  run.inputs = {{options.dir}, options.grant, ".", options.python, options.allow_direct};
  run.own = options.own;
  run.keep = options.keep;
  JCA_ASSIGN(run.wait, duration("--wait", options.wait));
  JCA_ASSIGN(run.watch, duration("--watch", options.watch));
  JCA_ASSIGN(const auto receipt, host::run_session(run, now, tell));
  if (receipt.problem) refuse(*receipt.problem);
  return receipt.exit_status;
}

/// What a file says of its session, unchecked: closing has to go on when nothing else does.
Result<mpyc::Manifest, Error> manifest_in(const std::string& path) {
  JCA_ASSIGN(const Bytes text, machine::read_file(path, mpyc::session_bytes_max));
  const auto file = mpyc::parse_session_file(to_text(text));
  if (!file) return failed(Error::Code::verification, path + ": " + file.error().text());
  auto manifest = mpyc::parse_manifest(file->manifest);
  if (!manifest) return failed(Error::Code::verification, path + ": " + manifest.error().text());
  return *std::move(manifest);
}

Result<Ok, Error> close(const SessionCloseOptions& options) {
  const host::Paths paths{options.dir};
  JCA_ASSIGN(const auto manifest, manifest_in(options.grant));
  const std::string id = to_hex(manifest.session);
  JCA_ASSIGN(const bool undone, host::close_session(paths, id));
  // Within the window the session may be run again, with this key.
  const bool over = now() >= manifest.not_after && machine::file_exists(paths.seat_key(id));
  if (over) JCA_TRY(machine::remove_file(paths.seat_key(id)));
  if (options.json)
    std::cout << Json{{"session", id}, {"undone", undone}, {"key_removed", over}}.dump() << '\n';
  else
    print_fields(std::cout,
                 {{"session", id},
                  {"closed", undone ? "what a run had left is gone" : "no run had left anything"}});
  return Ok{};
}

}  // namespace

int session_check(const SessionCheckOptions& options) {
  daemon::forbid_dumps();
  const auto done = check(options);
  if (done) return 0;
  const auto* const problem = std::get_if<Problem>(&done.error());
  if (options.json && problem != nullptr) std::cout << json_of(*problem).dump() << '\n';
  return refuse(done.error());
}

int session_run(const SessionRunOptions& options) {
  daemon::forbid_dumps();
  const auto status = run(options);
  return status ? *status : refuse(status.error());
}

int session_close(const SessionCloseOptions& options) {
  const auto done = close(options);
  return done ? 0 : report(done.error());
}

}  // namespace jointca::cli
