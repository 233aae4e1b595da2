// nebula-adapter/install.cpp — the story of one installation.
#include "nebula-adapter/install.h"

#include <charconv>
#include <filesystem>

#include "base/text.h"
#include "crypto/hash.h"
#include "machine/files.h"
#include "machine/process.h"
#include "nebula-adapter/pem.h"
#include "nebula-adapter/reload.h"

namespace jointca::nebula {
namespace {

constexpr std::chrono::milliseconds test_timeout{20'000};

/// A directory for one preflight, gone at the end of its scope.
class ScratchDir {
 public:
  static Result<ScratchDir, Error> make() {
    std::error_code error;
    std::string path =
        (std::filesystem::temp_directory_path(error) / "jointca-test.XXXXXX").string();
    if (error || ::mkdtemp(path.data()) == nullptr) return failed(path + ": cannot be made");
    return ScratchDir(std::move(path));
  }
  ScratchDir(ScratchDir&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  ScratchDir& operator=(ScratchDir&&) = delete;
  ScratchDir(const ScratchDir&) = delete;
  ~ScratchDir() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  explicit ScratchDir(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

class Installation {
 public:
  Installation(InstallRequest request, InstallDir dir, Time now)
      : request_(std::move(request)), dir_(std::move(dir)), now_(now) {}

  Result<InstallReport, Error> run() {
    JCA_TRY(find_program());
    JCA_TRY(check());
    JCA_ASSIGN(installed_, dir_.installed());
    JCA_TRY(check_revocations());
    find_owed_restart();
    look_for_pid_file();
    const auto foreign = dir_.foreign(installed_);
    const bool unchanged = foreign.empty() && is_installed();
    if (!foreign.empty() && !request_.force)
      return failed(dir_.dir() + ": " + join(foreign) +
                    " was not written by jointca, or was edited since\n" +
                    "--fragment leaves config.yml to you, --force replaces it");
    if (!unchanged || installed_->state->reload_owed) JCA_TRY(find_process());
    if (unchanged) {
      JCA_TRY(keep());
    } else {
      report_.changed = true;
      find_restart_reasons();
      JCA_TRY(swap(foreign));
    }
    return std::move(report_);
  }

 private:
  Result<Ok, Error> find_program() {
    const auto found = machine::find_program(request_.program);
    if (!found)
      return failed(request_.program + ": not found; --nebula names the program that will run");
    request_.program = *found;
    return Ok{};
  }

  /// The files, and the text of the configuration.
  Result<Ok, Error> check() {
    auto host = check_host_set(request_.host, request_.blocklist, now_);
    if (!host)
      return failed(Error::Code::verification, host.error().rule + ": " + host.error().reason);
    report_.host = *std::move(host);
    report_.config = dir_.config_path();
    report_.am_lighthouse = request_.start.am_lighthouse;
    report_.blocked = request_.blocklist.size();
    report_.revocations = request_.revocations;
    if (!dir_.is_fragment()) JCA_TRY(find_lighthouses());
    config_ = text_for(dir_.pki());
    return Ok{};
  }

  /// Nebula before 1.10 ends on IPv6 addresses in static_host_map, and does not answer a host that
  /// begins with version 2. The program is asked only in a network with IPv6.
  Result<Ok, Error> find_lighthouses() {
    const auto networks = report_.host.networks();
    bool ipv6 = !std::all_of(networks.begin(), networks.end(),
                             [](const ca::Prefix& network) { return network.address.is_v4(); });
    if (ipv6) {
      JCA_ASSIGN(const auto version, machine::run_process({request_.program, "-version"}));
      ipv6 = knows_ipv6(version.out);
      if (!ipv6 && request_.start.am_lighthouse && !request_.ipv4_lighthouses)
        report_.warnings.push_back(request_.program +
                                   " is older than 1.10: hosts with 1.10 or later find this "
                                   "lighthouse only if installed with --ipv4-lighthouses");
    }
    JCA_ASSIGN(auto reachable, reachable_lighthouses(request_.lighthouses, networks,
                                                     ipv6 && !request_.ipv4_lighthouses));
    for (const std::string& name : reachable.only_ipv6)
      report_.warnings.push_back(
          "lighthouse " + name + " is left out: it has IPv6 addresses only, " +
          (request_.ipv4_lighthouses ? "and --ipv4-lighthouses was given"
                                     : "and " + request_.program + " is older than 1.10"));
    report_.lighthouses = std::move(reachable.known);
    request_.start.asks = asks_of(report_.lighthouses, request_.start.am_lighthouse);
    return Ok{};
  }

  [[nodiscard]] std::string text_for(const PkiPaths& pki) const {
    if (dir_.is_fragment()) return fragment_text(pki, request_.blocklist);
    return config_text({pki, request_.blocklist, report_.lighthouses, report_.host.details().groups,
                        request_.start});
  }

  [[nodiscard]] Result<Ok, Error> check_revocations() const {
    const std::uint64_t seen = installed_ && installed_->state ? installed_->state->revocations : 0;
    if (request_.revocations >= seen) return Ok{};
    const std::string wanted =
        request_.revocations == 0 ? "none" : "number " + std::to_string(request_.revocations);
    return failed(Error::Code::verification, "list of revocations: number " + std::to_string(seen) +
                                                 " is installed already, but there is " + wanted);
  }

  [[nodiscard]] bool is_installed() const {
    return installed_ && installed_->state && dir_.complete() && installed_->config == config_ &&
           installed_->host.ca == request_.host.ca &&
           installed_->host.certificate == request_.host.certificate &&
           equal(installed_->host.key.expose(), request_.host.key.expose());
  }

  [[nodiscard]] InstallState state(bool reload_owed) const {
    return {sha256(as_bytes(config_)), request_.revocations, request_.start, reload_owed,
            restart()};
  }

  /// Of the process that was told now, or of the one that was told before and still runs.
  [[nodiscard]] std::optional<OwedRestart> restart() const {
    if (report_.restart.empty() || !(process_ || owed_)) return std::nullopt;
    return OwedRestart{process_ ? process_->identity() : owed_->process, report_.restart};
  }

  void find_owed_restart() {
    if (!installed_ || !installed_->state || !installed_->state->restart) return;
    const OwedRestart& known = *installed_->state->restart;
    if (identity_of(known.process.pid) != known.process) return;
    owed_ = known;
    report_.restart = known.reasons;
  }

  void look_for_pid_file() {
    if (request_.pid_file && !machine::file_exists(*request_.pid_file))
      report_.warnings.push_back(*request_.pid_file +
                                 ": no such file; if nebula runs, it was not told");
  }

  Result<Ok, Error> find_process() {
    if (!request_.pid_file) return Ok{};
    JCA_ASSIGN(auto found, NebulaProcess::find(*request_.pid_file, request_.program));
    report_.reload = found ? Reload::confirmed : Reload::not_running;
    if (found) process_.emplace(*std::move(found));
    return Ok{};
  }

  /// What an interrupted run owes is made up for, and a later list that blocks the same is
  /// remembered; nothing else is touched.
  Result<Ok, Error> keep() {
    if (process_) JCA_TRY(reload(*process_, reload_check()));
    const bool owed = installed_->state->reload_owed && !request_.pid_file;
    if (*installed_->state == state(owed)) return Ok{};
    return dir_.remember(state(owed));
  }

  void find_restart_reasons() {
    if (!installed_) return;
    // What is in force may have expired, or be of another CA: only what it says counts here.
    if (auto certificates = parse_certificates(installed_->host.certificate))
      owe(restart_reasons(HostIdentity{*std::move(certificates)}, report_.host));
    if (dir_.is_fragment() || !installed_->state) return;
    owe(restart_reasons(installed_->state->start, request_.start));
  }

  void owe(const std::vector<std::string>& reasons) {
    for (const std::string& reason : reasons)
      if (std::find(report_.restart.begin(), report_.restart.end(), reason) ==
          report_.restart.end())
        report_.restart.push_back(reason);
  }

  Result<Ok, Error> swap(const std::vector<std::string>& foreign) {
    JCA_ASSIGN(const std::string staged,
               dir_.stage({{request_.host.ca, request_.host.certificate,
                            SecretBytes(to_bytes(request_.host.key.expose()))},
                           config_,
                           state(process_.has_value())}));
    auto swapped = preflight(staged);
    if (swapped && !foreign.empty()) swapped = dir_.adopt(foreign, installed_);
    const auto before = dir_.current();
    if (!swapped) {
      dir_.prune({before});
      return swapped;
    }
    swapped = dir_.activate(staged);
    if (swapped && process_) swapped = reload(*process_, reload_check());
    if (swapped && process_) swapped = dir_.remember(state(false));
    if (swapped) {
      dir_.prune({staged, before});
      return swapped;
    }
    return put_back(before, swapped.error());
  }

  /// The error, with what became of the previous set.
  Unexpected<Error> put_back(const std::optional<std::string>& before, Error error) {
    const auto restored = dir_.restore(before);
    if (!restored) {
      error.message +=
          "\nand the previous files could not be put back: " + restored.error().message;
      return {std::move(error)};
    }
    dir_.prune({before});
    error.message += before ? "\nthe previous files are in force again" : "\nnothing is installed";
    if (process_ && process_->running())
      if (const auto again = process_->hang_up(); !again)
        error.message += "; " + again.error().message;
    return {std::move(error)};
  }

  /// When a restart is needed, Nebula refuses the certificate and says so: its log proves nothing.
  [[nodiscard]] ReloadCheck reload_check() const {
    const PkiPaths pki = dir_.pki();
    return {{pki.ca, pki.certificate, pki.key},
            report_.restart.empty() ? request_.log : std::nullopt};
  }

  /// `nebula -test` with a configuration that names the staged files. For a fragment, with all that
  /// stands beside it.
  Result<Ok, Error> preflight(const std::string& staged) const {
    JCA_ASSIGN(const auto scratch, ScratchDir::make());
    std::error_code error;
    if (dir_.is_fragment())
      for (std::filesystem::directory_iterator at(dir_.dir(), error), end; !error && at != end;
           at.increment(error)) {
        const std::string name = at->path().filename().string();
        if (at->path() == dir_.config_path() || name == ".jointca") continue;
        JCA_TRY(machine::write_link(at->path().string(), scratch.path() + "/" + name));
      }
    if (error) return failed(dir_.dir() + ": " + error.message());
    const std::string name = std::filesystem::path(dir_.config_path()).filename().string();
    JCA_TRY(machine::write_file(scratch.path() + "/" + name, as_bytes(text_for(dir_.pki(staged))),
                                0600, machine::Overwrite::refuse));
    machine::ProcessOptions options;
    options.timeout = test_timeout;
    JCA_ASSIGN(
        const auto tested,
        machine::run_process({request_.program, "-test", "-config", scratch.path()}, options));
    if (tested.status == 0) return Ok{};
    return failed("`nebula -test` refuses the new files: " + tested.complaint());
  }

  InstallRequest request_;
  InstallDir dir_;
  Time now_;
  InstallReport report_;
  std::string config_;
  std::optional<SetFiles> installed_;
  std::optional<NebulaProcess> process_;
  std::optional<OwedRestart> owed_;  ///< by an earlier run
};

}  // namespace

bool knows_ipv6(std::string_view version_output) {
  constexpr std::string_view label = "Version: ";
  const std::size_t at = version_output.find(label);
  if (at == std::string_view::npos) return true;
  const char* const end = version_output.data() + version_output.size();
  const char* next = version_output.data() + at + label.size();
  if (next != end && *next == 'v') ++next;
  unsigned major = 0, minor = 0;
  const auto first = std::from_chars(next, end, major);
  if (first.ec != std::errc{} || first.ptr == end || *first.ptr != '.') return true;
  if (std::from_chars(first.ptr + 1, end, minor).ec != std::errc{}) return true;
  return major > 1 || minor >= 10;
}

Result<InstallReport, Error> install(InstallDir dir, InstallRequest request, Time now) {
  return Installation(std::move(request), std::move(dir), now).run();
}

}  // namespace jointca::nebula
