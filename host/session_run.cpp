#include "host/session_run.h"

#include <algorithm>
#include <filesystem>
#include <future>
#include <set>

#include "base/text.h"
#include "host/port_fence.h"
#include "host/revocation_watch.h"
#include "host/session_folder.h"
#include "host/session_journal.h"
#include "host/supervise.h"
#include "machine/files.h"
#include "machine/marked.h"
#include "mpyc-adapter/command.h"

namespace jointca::host {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using machine::Child;
using machine::EndSignals;

constexpr auto backstop = 15s;          ///< after the guard's own last deadline
constexpr auto leftover_timeout = 10s;  ///< for what the program left running to be gone
constexpr auto endings_after_success = 60s;
constexpr auto endings_after_failure = 10s;
constexpr std::size_t verdict_bytes_max = 65536;

/// Takes away what a run made, at the end of its scope.
class Undo {
 public:
  Undo(const Paths& paths, std::string id, const Progress& progress)
      : paths_(paths), id_(std::move(id)), progress_(progress) {}
  Undo(const Undo&) = delete;
  Undo& operator=(const Undo&) = delete;
  ~Undo() { now(); }
  void now() const {
    if (const auto undone = undo_session(paths_, id_); !undone)
      progress_(undone.error().message + "; jointca session close tries again");
  }

 private:
  const Paths& paths_;
  std::string id_;
  const Progress& progress_;
};

/// What `work` gives, from another thread, unless we are asked to end while it works: then all is
/// undone, and the process ends.
template <class Work>
auto unless_signalled(const EndSignals& signals, const Undo& undo, const Work& work) {
  auto result = std::async(std::launch::async, work);
  while (result.wait_for(0ms) != std::future_status::ready)
    if (const auto signal = signals.next(20ms)) {
      undo.now();
      std::_Exit(128 + *signal);
    }
  return result.get();
}

/// One run, between the check and the receipt.
class Run {
 public:
  Run(const RunOptions& options, const CheckedSession& checked, const EndSignals& signals,
      const Clock& clock, const Progress& progress)
      : options_(options),
        checked_(checked),
        signals_(signals),
        clock_(clock),
        progress_(progress),
        folder_{options.inputs.paths.session_folder(checked.id())},
        mark_("JOINTCA_SESSION=" + checked.id() + ":" + std::to_string(checked.seat)) {}

  Result<Receipt, Stop> run() {
    const Undo undo(options_.inputs.paths, checked_.id(), progress_);
    JCA_TRY(prepare());
    JCA_ASSIGN(receipt_.met, unless_signalled(signals_, undo, [this] {
                 return check_others(checked_, Intent::run, options_.wait, progress_);
               }));
    if (auto changed = check_copies(folder_, checked_.manifest()))
      return Unexpected{*std::move(changed)};
    receipt_.seat = checked_.seat;
    receipt_.begin = clock_();
    JCA_ASSIGN(auto own, start_and_watch());
    receipt_.end = clock_();
    keep_files(own);
    finish(own, undo);
    return receipt_;
  }

 private:
  [[nodiscard]] const mpyc::Manifest& manifest() const { return checked_.manifest(); }

  Result<Ok, Stop> prepare() {
    const bool fenced = !checked_.interface.empty();
    const std::string fence = fenced ? fence_name(manifest(), checked_.seat) : "";
    JCA_TRY(write_journal(options_.inputs.paths, checked_.id(), make_journal(fence, mark_)));
    JCA_TRY(make_folder(folder_, checked_, options_.inputs, options_.own));
    if (fenced) JCA_TRY(raise_fence(fence_rules(manifest(), checked_.seat, checked_.interface)));
    receipt_.fence = fenced ? "nftables " + checked_.interface : "seat guard";
    return Ok{};
  }

  [[nodiscard]] machine::ChildOptions command() const {
    machine::ChildOptions out;
    out.argv = {checked_.python.path, "-s", "-B"};
    if (manifest().compare_results) out.argv.emplace_back("-u");
    out.argv.push_back(fs::absolute(folder_.guard()).string());
    out.argv.push_back(fs::absolute(folder_.settings()).string());
    for (auto& each : mpyc::command_line(manifest(), checked_.seat)) out.argv.push_back(each);
    out.environment = program_environment();
    out.environment.push_back(mark_);
    if (manifest().channel == mpyc::Channel::tls) {
      // MPyC's dialler would also take what a CA of this machine says of a seat.
      const std::string config = folder_.work() + "/.config";
      out.environment.push_back("SSL_CERT_FILE=" + fs::absolute(config + "/mpyc_ca.crt").string());
      out.environment.push_back("SSL_CERT_DIR=" + fs::absolute(config).string());
    }
    out.folder = folder_.work();
    out.piped = manifest().compare_results;
    return out;
  }

  Result<ProgramEnd, Error> start_and_watch() {
    // What stays so is told once.
    const auto tell = [this, told = std::set<std::string>()](const std::string& line) mutable {
      if (told.insert(line).second) progress_(line);
    };
    RevocationWatch watch(options_.inputs.paths, checked_, options_.watch, clock_, tell);
    JCA_ASSIGN(auto child, Child::start(command()));
    Supervision supervision{manifest().not_after, manifest().deadlines.total + backstop, clock_,
                            [&] { return watch.found(); }};
    ProgramEnd end = supervise(child, signals_, supervision);
    JCA_TRY(machine::end_processes_with(mark_, leftover_timeout));
    if (!end.problem && !end.signal && machine::file_exists(folder_.verdict())) {
      JCA_ASSIGN(const Bytes text, machine::read_file(folder_.verdict(), verdict_bytes_max));
      end.problem = guard_verdict(to_text(text));
    }
    return end;
  }

  /// What the program made goes to where it was started from, if it was asked for.
  void keep_files(const ProgramEnd& end) {
    std::vector<std::string> lost;
    for (const std::string& path : made_by_program(folder_, manifest(), options_.own)) {
      const bool kept =
          std::find(options_.keep.begin(), options_.keep.end(), path) != options_.keep.end();
      std::error_code problem;
      const fs::path to = fs::path(options_.inputs.folder) / path;
      if (kept) fs::create_directories(to.parent_path(), problem);
      if (kept && !problem) fs::copy_file(folder_.work() + "/" + path, to, problem);
      if (!kept) lost.push_back(path);
      if (problem) progress_(to.string() + ": " + problem.message());
    }
    if (!lost.empty() && end.status == 0)
      progress_("warning: the program made " + join(lost) + ", which is removed; --keep keeps it");
  }

  /// Tells the others, hears them, and judges.
  void finish(const ProgramEnd& own, const Undo& undo) {
    const auto status_now = [&] {
      if (own.signal) return 128 + *own.signal;
      return own.problem ? mpyc::row_of(own.problem->check).exit_status : own.status;
    };
    const Ending ending{status_now(), own.result};
    receipt_.endings.assign(manifest().seats.size(), std::nullopt);
    if (manifest().seats.size() > 1)
      receipt_.endings = unless_signalled(signals_, undo, [&] {
        return exchange_endings(checked_.seating(), ending,
                                ending.status == 0 ? endings_after_success : endings_after_failure);
      });
    receipt_.endings[checked_.seat] = ending;
    receipt_.problem = judge(manifest(), checked_.seat, own, receipt_.endings);
    receipt_.exit_status = own.signal         ? 128 + *own.signal
                           : receipt_.problem ? mpyc::row_of(receipt_.problem->check).exit_status
                                              : 0;
  }

  const RunOptions& options_;
  const CheckedSession& checked_;
  const EndSignals& signals_;
  const Clock& clock_;
  const Progress& progress_;
  SessionFolder folder_;
  std::string mark_;
  Receipt receipt_;
};

}  // namespace

Result<std::vector<Met>, Stop> check_others(const CheckedSession& checked, Intent intent,
                                            Duration wait, const Progress& progress) {
  if (checked.manifest().seats.size() == 1) return std::vector<Met>{};
  if (auto revoked = ask_for_members(checked.authority, checked.manifest(), progress))
    return Unexpected{*std::move(revoked)};
  JCA_ASSIGN(auto met, meet(checked.seating(), intent, wait, progress));
  return met;
}

Result<Receipt, Stop> run_session(const RunOptions& options, const Clock& clock,
                                  const Progress& progress) {
  JCA_ASSIGN(const EndSignals signals, EndSignals::start());
  JCA_ASSIGN(const CheckedSession checked, check_here(options.inputs, clock()));
  const Paths& paths = options.inputs.paths;
  JCA_ASSIGN(const auto lock, lock_session(paths, checked.id()));
  JCA_TRY(undo_session(paths, checked.id()));
  Run run(options, checked, signals, clock, progress);
  JCA_ASSIGN(Receipt receipt, run.run());
  JCA_TRY(machine::write_file(paths.session_receipt(checked.id()),
                              as_bytes(to_json(receipt, checked.session)), 0600,
                              machine::Overwrite::allow));
  return receipt;
}

}  // namespace jointca::host
