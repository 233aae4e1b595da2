#include "host/session_journal.h"

#include <csignal>
#include <filesystem>
#include <thread>

#include <nlohmann/json.hpp>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/json_fields.h"
#include "host/port_fence.h"
#include "machine/files.h"
#include "machine/marked.h"

namespace jointca::host {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::ordered_json;

constexpr std::size_t journal_bytes_max = 4096;
constexpr auto end_timeout = 10s;      ///< of processes that are killed
constexpr auto run_end_timeout = 20s;  ///< of a run that is asked to end
constexpr auto look_again = 50ms;

std::string network_here() { return machine::read_link("/proc/self/ns/net").value_or(""); }

Result<std::optional<Journal>, Error> read_journal(const Paths& paths, const std::string& id) {
  const std::string path = paths.session_journal(id);
  if (!machine::file_exists(path)) return std::optional<Journal>();
  JCA_ASSIGN(const Bytes text, machine::read_file(path, journal_bytes_max));
  auto journal = parse_journal(to_text(text));
  if (!journal) return failed(path + ": " + journal.error().text());
  return std::optional(*std::move(journal));
}

/// Rules are of one network namespace, and go with it.
Result<Ok, Error> undo_fence(const Journal& journal) {
  if (journal.fence.empty() || nebula::identity_of(::getpid())->boot != journal.runner.boot)
    return Ok{};
  if (journal.network != network_here())
    return failed("the session was run in another network namespace, " + journal.network +
                  ": close it there");
  return lower_fence(journal.fence);
}

/// Asks the process of the journal to end, and at last kills it.
void end_runner(const Journal& journal, int signal) {
  const machine::Descriptor process(
      static_cast<int>(::syscall(SYS_pidfd_open, journal.runner.pid, 0)));
  if (process.get() >= 0 && nebula::identity_of(journal.runner.pid) == journal.runner)
    ::syscall(SYS_pidfd_send_signal, process.get(), signal, nullptr, 0);
}

}  // namespace

std::string to_json(const Journal& journal) {
  return Json{{"pid", journal.runner.pid},   {"began", journal.runner.began},
              {"boot", journal.runner.boot}, {"network", journal.network},
              {"fence", journal.fence},      {"mark", journal.mark}}
             .dump(2) +
         "\n";
}

Parsed<Journal> parse_journal(std::string_view text) {
  JCA_ASSIGN(const auto document, JsonValue::parse(text, "journal", journal_bytes_max));
  JCA_ASSIGN(auto object, document.object());
  Journal out;
  JCA_ASSIGN(const auto pid, object.required("pid"));
  JCA_ASSIGN(out.runner.pid, pid.integer<int>(1));
  JCA_ASSIGN(const auto began, object.required("began"));
  JCA_ASSIGN(out.runner.began, began.integer<std::uint64_t>());
  for (const auto& [name, into] :
       {std::pair("boot", &out.runner.boot), std::pair("network", &out.network),
        std::pair("fence", &out.fence), std::pair("mark", &out.mark)}) {
    JCA_ASSIGN(const auto value, object.required(name));
    JCA_ASSIGN(*into, value.text());
  }
  if (out.mark.empty()) return malformed("journal.mark", "empty");
  JCA_TRY(object.finish());
  return out;
}

Journal make_journal(std::string fence, std::string mark) {
  return {*nebula::identity_of(::getpid()), network_here(), std::move(fence), std::move(mark)};
}

Result<Ok, Error> write_journal(const Paths& paths, const std::string& id, const Journal& journal) {
  return machine::write_file(paths.session_journal(id), as_bytes(to_json(journal)), 0600,
                             machine::Overwrite::allow);
}

Result<machine::FileLock, Error> lock_session(const Paths& paths, const std::string& id) {
  for (const std::string& directory : {paths.sessions(), paths.session(id)})
    JCA_TRY(machine::make_private_directory(directory));
  return machine::FileLock::acquire_directory(paths.session(id),
                                              "session " + id + ": it is run already on this host");
}

Result<Ok, Error> undo_session(const Paths& paths, const std::string& id) {
  JCA_ASSIGN(const auto journal, read_journal(paths, id));
  if (!journal) return Ok{};
  JCA_TRY(machine::end_processes_with(journal->mark, end_timeout));
  JCA_TRY(undo_fence(*journal));
  std::error_code problem;
  std::filesystem::remove_all(paths.session_folder(id), problem);
  if (problem) return failed(paths.session_folder(id) + ": " + problem.message());
  return machine::remove_file(paths.session_journal(id));
}

Result<bool, Error> close_session(const Paths& paths, const std::string& id) {
  if (!machine::file_exists(paths.session(id))) return false;
  JCA_ASSIGN(const auto journal, read_journal(paths, id));
  if (journal) end_runner(*journal, SIGTERM);
  const auto deadline = std::chrono::steady_clock::now() + run_end_timeout;
  for (;;) {
    auto lock = lock_session(paths, id);
    if (lock) {
      JCA_TRY(undo_session(paths, id));
      std::error_code kept;  // key, proofs or receipt
      std::filesystem::remove(paths.session(id), kept);
      return journal.has_value();
    }
    if (std::chrono::steady_clock::now() > deadline) return Unexpected{std::move(lock).error()};
    if (std::chrono::steady_clock::now() > deadline - run_end_timeout / 2 && journal)
      end_runner(*journal, SIGKILL);
    std::this_thread::sleep_for(look_again);
  }
}

}  // namespace jointca::host
