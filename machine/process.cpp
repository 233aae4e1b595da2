#include "machine/process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "machine/descriptor.h"
#include "machine/texts.h"

namespace jointca::machine {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view system_directories = "/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin";

Unexpected<Error> system_error(const std::string& what) {
  return failed(what + ": " + std::generic_category().message(errno));
}

/// A file in memory with this content, read from its start.
Result<Descriptor, Error> memory_file(BytesView content, const std::string& program) {
  Descriptor file(::memfd_create("input", MFD_CLOEXEC));
  if (file.get() < 0) return system_error(program);
  while (!content.empty()) {
    const ssize_t written = ::write(file.get(), content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_error(program);
    content = content.subspan(static_cast<std::size_t>(written));
  }
  if (::lseek(file.get(), 0, SEEK_SET) != 0) return system_error(program);
  return file;
}

struct Pipe {
  Descriptor read;
  Descriptor write;
};

Result<Pipe, Error> make_pipe(const std::string& program) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return system_error(program);
  Pipe pipe{Descriptor(ends[0]), Descriptor(ends[1])};
  if (::fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) return system_error(program);
  return pipe;
}

/// Starts the program in a process group of its own, with default signals. Gives its id.
Result<pid_t, Error> spawn(const std::string& path, const std::vector<std::string>& argv,
                           const std::optional<std::vector<std::string>>& environment, int in,
                           int out, int err) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
  posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  Texts arguments(argv);
  Texts variables(environment.value_or(std::vector<std::string>{}));
  pid_t child = 0;
  const int problem = ::posix_spawn(&child, path.c_str(), &actions, &attributes, arguments.data(),
                                    environment ? variables.data() : environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (problem != 0) return failed(argv[0] + ": " + std::generic_category().message(problem));
  return child;
}

/// Appends what can be read now. False at the end of the stream, or once there is too much of it.
bool drain(int descriptor, std::size_t bytes_max, std::string& text) {
  std::array<char, 16384> chunk{};
  while (text.size() <= bytes_max) {
    const ssize_t count = ::read(descriptor, chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno == EAGAIN;
    if (count == 0) return false;
    text.append(chunk.data(), static_cast<std::size_t>(count));
  }
  return false;
}

int milliseconds_until(Clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
  return left.count() > 0 ? static_cast<int>(std::min<std::int64_t>(left.count(), 60'000)) : 0;
}

/// Reads both streams until the process has ended. False if it went on for too long or wrote more
/// than it may.
Result<Ok, Error> watch(int process, const Descriptor& out, const Descriptor& err,
                        const std::string& program, const ProcessOptions& options,
                        ProcessResult& result) {
  const auto deadline = Clock::now() + options.timeout;
  std::array<pollfd, 3> waits{
      {{process, POLLIN, 0}, {out.get(), POLLIN, 0}, {err.get(), POLLIN, 0}}};
  for (;;) {
    const int ready = ::poll(waits.data(), waits.size(), milliseconds_until(deadline));
    if (ready < 0 && errno != EINTR) return system_error(program);
    const bool ended = ready > 0 && waits[0].revents != 0;
    // Everything that it wrote is in the pipes when it has ended: one more look gets the rest.
    if (!drain(out.get(), options.output_bytes_max, result.out)) waits[1].fd = -1;
    if (!drain(err.get(), options.output_bytes_max, result.err)) waits[2].fd = -1;
    if (std::max(result.out.size(), result.err.size()) > options.output_bytes_max)
      return failed(program + ": wrote more than " + std::to_string(options.output_bytes_max) +
                    " bytes");
    if (ended) return Ok{};
    if (Clock::now() >= deadline)
      return failed(program + ": not done after " + std::to_string(options.timeout.count()) +
                    " ms");
  }
}

std::string last_line(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  const std::size_t start = text.rfind('\n');
  return std::string(start == std::string_view::npos ? text : text.substr(start + 1));
}

/// The last line that begins with ERROR; empty if none does.
std::string error_line(std::string_view text) {
  constexpr std::string_view mark = "ERROR";
  const std::size_t later = text.rfind("\n" + std::string(mark));
  if (later == std::string_view::npos && !text.starts_with(mark)) return {};
  text.remove_prefix(later == std::string_view::npos ? 0 : later + 1);
  return std::string(text.substr(0, text.find('\n')));
}

}  // namespace

std::string ProcessResult::complaint() const {
  std::string line = error_line(err);
  if (line.empty()) line = error_line(out);
  if (line.empty()) line = last_line(err);
  if (line.empty()) line = last_line(out);
  return line.empty() ? "exit status " + std::to_string(status) : line;
}

std::optional<std::string> find_program(std::string_view name) {
  const auto is_program = [](const std::string& path) { return ::access(path.c_str(), X_OK) == 0; };
  if (name.find('/') != std::string_view::npos) {
    std::string path(name);
    return is_program(path) ? std::optional(std::move(path)) : std::nullopt;
  }
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets it
  const char* configured = std::getenv("PATH");
  const std::string directories =
      std::string(configured != nullptr ? configured : "") + ":" + std::string(system_directories);
  for (std::size_t start = 0; start < directories.size();) {
    const std::size_t end = std::min(directories.find(':', start), directories.size());
    const std::string path = directories.substr(start, end - start) + "/" + std::string(name);
    if (end > start && is_program(path)) return path;
    start = end + 1;
  }
  return std::nullopt;
}

Result<ProcessResult, Error> run_process(const std::vector<std::string>& argv,
                                         const ProcessOptions& options) {
  JCA_ASSERT(!argv.empty());
  const std::string& program = argv[0];
  const auto path = find_program(program);
  if (!path) return failed(program + ": no such program on this machine");
  JCA_ASSIGN(const Descriptor input, memory_file(options.input, program));
  JCA_ASSIGN(auto out, make_pipe(program));
  JCA_ASSIGN(auto err, make_pipe(program));
  JCA_ASSIGN(const pid_t child, spawn(*path, argv, options.environment, input.get(),
                                      out.write.get(), err.write.get()));
  const Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
  ProcessResult result;
  auto watched = process.get() < 0
                     ? Result<Ok, Error>(system_error(program))
                     : watch(process.get(), out.read, err.read, program, options, result);
  if (!watched) ::kill(-child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return system_error(program);
  JCA_TRY(std::move(watched));
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

}  // namespace jointca::machine
