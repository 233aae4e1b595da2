// nebula-adapter/reload.cpp — telling the running Nebula to read its files again.
#include "nebula-adapter/reload.h"

#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <thread>

#include <poll.h>
extern "C" {
#include <sys/pidfd.h>  // glibc 2.36 forgets to say that this is C
}
#include <unistd.h>

#include "machine/files.h"
#include "machine/open_watch.h"

namespace jointca::nebula {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds effect_timeout{5'000};
constexpr std::chrono::milliseconds settle_time{300};  ///< for what a reload says after the first
constexpr std::chrono::milliseconds poll_interval{20};
constexpr std::size_t log_bytes_max = std::size_t{4} << 20;  ///< written during one reload
constexpr std::size_t proc_bytes_max = std::size_t{1} << 20;

std::string proc(int pid, const std::string& name) {
  return "/proc/" + std::to_string(pid) + "/" + name;
}

std::optional<int> to_pid(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  int out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || end != text.data() + text.size() || out <= 0) return std::nullopt;
  return out;
}

std::string name_of(int pid) {
  auto exe = machine::read_link(proc(pid, "exe"));
  if (!exe) return "a process that cannot be looked at";
  constexpr std::string_view replaced = " (deleted)";  // the program was upgraded meanwhile
  if (exe->ends_with(replaced)) exe->resize(exe->size() - replaced.size());
  return std::filesystem::path(*exe).filename().string();
}

bool is_nebula(int pid, const std::string& program) {
  std::error_code error;
  return name_of(pid) == "nebula" || std::filesystem::equivalent(proc(pid, "exe"), program, error);
}

/// The fields of /proc/PID/stat behind the name in parentheses: the state, the parent, and so on.
/// None if there is no such process.
std::vector<std::string> stat_of(int pid) {
  const auto stat = machine::read_file(proc(pid, "stat"), proc_bytes_max);
  const std::string text = stat ? to_text(*stat) : "";
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream rest(text.substr(name_end + 1));
  return {std::istream_iterator<std::string>(rest), {}};
}

/// The parent of each process.
std::map<int, int> parents() {
  std::map<int, int> out;
  std::error_code error;
  for (std::filesystem::directory_iterator at("/proc", error), end; !error && at != end;
       at.increment(error)) {
    const auto pid = to_pid(at->path().filename().string());
    if (!pid) continue;
    const auto fields = stat_of(*pid);
    if (fields.size() < 2) continue;
    if (const auto parent = to_pid(fields[1])) out.emplace(*pid, *parent);
  }
  return out;
}

std::vector<int> nebula_below(int launcher, const std::string& program) {
  const auto parent_of = parents();
  std::vector<int> out;
  for (const auto& [pid, parent] : parent_of) {
    int above = parent;
    for (std::size_t steps = 0; above != launcher && steps < parent_of.size(); ++steps) {
      const auto found = parent_of.find(above);
      if (found == parent_of.end()) break;
      above = found->second;
    }
    if (above == launcher && is_nebula(pid, program)) out.push_back(pid);
  }
  return out;
}

/// What was appended to the log since it had `size` bytes; all of it, if it was begun anew.
std::string appended(const std::string& path, std::uintmax_t size) {
  std::error_code error;
  const std::uintmax_t now = std::filesystem::file_size(path, error);
  if (error) return {};
  const std::uintmax_t from = now < size ? 0 : size;
  std::string out(std::min<std::uintmax_t>(now - from, log_bytes_max), '\0');
  std::ifstream in(path, std::ios::binary);
  in.seekg(static_cast<std::streamoff>(from));
  in.read(out.data(), static_cast<std::streamsize>(out.size()));
  out.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
  return out;
}

Result<Ok, Error> wait_for_log(const std::string& path, std::uintmax_t size,
                               Clock::time_point end) {
  for (;;) {
    std::string text = appended(path, size);
    if (log_verdict(text) == LogVerdict::refreshed) {
      std::this_thread::sleep_for(settle_time);
      text = appended(path, size);
    }
    switch (log_verdict(text)) {
      case LogVerdict::refreshed:
        return Ok{};
      case LogVerdict::refused:
        return failed("Nebula refused the files: " + log_complaint(text));
      case LogVerdict::nothing:
        if (Clock::now() > end)
          return failed(path + ": no word that Nebula has read its certificate again");
    }
    std::this_thread::sleep_for(poll_interval);
  }
}

}  // namespace

std::optional<ProcessIdentity> identity_of(int pid) {
  constexpr std::size_t began_field = 19;  // the 22nd of all
  const auto fields = stat_of(pid);
  const auto boot = machine::read_file("/proc/sys/kernel/random/boot_id", 64);
  if (!boot || fields.size() <= began_field || fields[0] == "Z" || fields[0] == "X")
    return std::nullopt;
  ProcessIdentity out{pid, 0, to_text(*boot)};
  while (out.boot.ends_with('\n')) out.boot.pop_back();
  const std::string& began = fields[began_field];
  if (std::from_chars(began.data(), began.data() + began.size(), out.began).ec != std::errc{})
    return std::nullopt;
  return out;
}

Result<std::optional<NebulaProcess>, Error> NebulaProcess::find(const std::string& pid_file,
                                                                const std::string& program) {
  std::optional<NebulaProcess> none;
  if (!machine::file_exists(pid_file)) return none;
  JCA_ASSIGN(const Bytes content, machine::read_file(pid_file, 64));
  auto pid = to_pid(to_text(content));
  if (!pid) return failed(Error::Code::usage, pid_file + ": not the number of a process");
  if (!machine::file_exists(proc(*pid, "stat"))) return none;
  if (!is_nebula(*pid, program)) {
    const std::string launcher =
        pid_file + ": process " + std::to_string(*pid) + " is " + name_of(*pid) + ", not nebula";
    const auto found = *pid == 1 ? std::vector<int>{} : nebula_below(*pid, program);
    if (found.size() != 1)
      return failed(Error::Code::usage, launcher + ", and " +
                                            (found.empty() ? "has no" : "has more than one") +
                                            " nebula below it; write the number of nebula itself");
    pid = found.front();
  }
  machine::Descriptor descriptor(::pidfd_open(*pid, 0));
  if (descriptor.get() < 0 && errno == ESRCH) return none;
  if (descriptor.get() < 0)
    return failed("process " + std::to_string(*pid) + ": " +
                  std::generic_category().message(errno));
  // Only now the number cannot pass to another process any more.
  auto identity = identity_of(*pid);
  if (!identity || !is_nebula(*pid, program)) return none;
  NebulaProcess out(*std::move(identity), std::move(descriptor));
  if (::pidfd_send_signal(out.descriptor_.get(), 0, nullptr, 0) != 0)
    return failed("nebula, process " + std::to_string(*pid) + ": " +
                  std::generic_category().message(errno) + "; run it as the same user, or as root");
  return std::optional<NebulaProcess>(std::move(out));
}

bool NebulaProcess::running() const {
  pollfd ended{descriptor_.get(), POLLIN, 0};
  return ::poll(&ended, 1, 0) == 0;
}

Result<Ok, Error> NebulaProcess::hang_up() const {
  if (::pidfd_send_signal(descriptor_.get(), SIGHUP, nullptr, 0) != 0)
    return failed("nebula, process " + std::to_string(pid()) + ": " +
                  std::generic_category().message(errno));
  return Ok{};
}

std::string log_complaint(std::string_view text) {
  constexpr std::array<std::string_view, 7> refusals{
      "Could not refresh client cert",        // 1.6.1
      "Could not load client cert",           // 1.11.0, and those below
      "Networks in new cert was different",   //
      "Curve in new",                         //
      "Removing a V2 cert is not permitted",  //
      "Failed to load ca from config",        //
      "Error occurred while reloading config"};
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    for (const std::string_view refusal : refusals)
      if (line.find(refusal) != std::string_view::npos) return std::string(line);
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return {};
}

LogVerdict log_verdict(std::string_view text) {
  if (!log_complaint(text).empty()) return LogVerdict::refused;
  const bool refreshed =
      text.find("Client cert refreshed from disk") != std::string_view::npos ||
      text.find("Client certificate(s) refreshed from disk") != std::string_view::npos;
  return refreshed ? LogVerdict::refreshed : LogVerdict::nothing;
}

Result<Ok, Error> reload(const NebulaProcess& process, const ReloadCheck& check) {
  std::uintmax_t log_size = 0;
  std::error_code error;
  if (check.log) log_size = std::filesystem::file_size(*check.log, error);
  if (error) return failed(*check.log + ": " + error.message());
  JCA_ASSIGN(auto watch, machine::OpenWatch::start(check.files));
  const auto end = Clock::now() + effect_timeout;
  JCA_TRY(process.hang_up());
  const std::string named = "nebula, process " + std::to_string(process.pid());
  if (!watch.wait_for_all(effect_timeout))
    return failed(process.running() ? named +
                                          ": did not read the files after SIGHUP; is it run "
                                          "with another configuration?"
                                    : named + ": ended when it was told to reload");
  if (check.log)
    JCA_TRY(wait_for_log(*check.log, log_size, end));
  else
    std::this_thread::sleep_for(settle_time);
  if (!process.running()) return failed(named + ": ended when it was told to reload");
  return Ok{};
}

}  // namespace jointca::nebula
