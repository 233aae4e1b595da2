#include "machine/child.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "machine/texts.h"

namespace jointca::machine {
namespace {

Unexpected<Error> system_error(const std::string& what, int problem) {
  return failed(what + ": " + std::generic_category().message(problem));
}

/// All that a child does before it is the program: nothing but system calls, since other threads of
/// the parent may have held locks. Tells what went wrong through the pipe.
[[noreturn]] void become(const ChildOptions& options, char* const* argv, char* const* environment,
                         pid_t parent, int output, int failure) {
  sigset_t none;
  sigemptyset(&none);
  bool ok = ::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && ::getppid() == parent;
  for (int number = 1; number < NSIG; ++number) static_cast<void>(::signal(number, SIG_DFL));
  ok = ok && ::pthread_sigmask(SIG_SETMASK, &none, nullptr) == 0;
  ok = ok && ::chdir(options.folder.c_str()) == 0;
  ok = ok && (output < 0 || ::dup2(output, STDOUT_FILENO) >= 0);
  if (ok) ::execve(argv[0], argv, environment);
  const int problem = errno;
  [[maybe_unused]] const ssize_t told = ::write(failure, &problem, sizeof problem);
  ::_exit(127);
}

struct Pipe {
  Descriptor read;
  Descriptor write;
};
Result<Pipe, Error> make_pipe(const std::string& program) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return system_error(program, errno);
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

int wait_for(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0)
    if (errno != EINTR) return 128 + SIGKILL;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// What the child told before it became the program; nothing: it did.
std::optional<int> failure_of(Pipe failure) {
  { const Descriptor closed = std::move(failure.write); }
  int problem = 0;
  ssize_t count = 0;
  while ((count = ::read(failure.read.get(), &problem, sizeof problem)) < 0 && errno == EINTR) {
  }
  return count == sizeof problem ? std::optional(problem) : std::nullopt;
}

}  // namespace

Result<Child, Error> Child::start(const ChildOptions& options) {
  JCA_ASSERT(!options.argv.empty());
  const std::string& program = options.argv[0];
  const Texts argv(options.argv);
  const Texts environment(options.environment);
  JCA_ASSIGN(auto failure, make_pipe(program));
  std::optional<Pipe> output;
  if (options.piped) {
    JCA_ASSIGN(auto made, make_pipe(program));
    output.emplace(std::move(made));
    if (::fcntl(output->read.get(), F_SETFL, O_NONBLOCK) != 0) return system_error(program, errno);
  }
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return system_error(program, errno);
  if (pid == 0)
    become(options, argv.data(), environment.data(), parent, output ? output->write.get() : -1,
           failure.write.get());
  Child child(pid, Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))),
              output ? std::move(output->read) : Descriptor(-1));
  if (child.process_.get() < 0) return system_error(program, errno);
  if (const auto problem = failure_of(std::move(failure))) return system_error(program, *problem);
  return child;
}

Child::~Child() {
  if (pid_ <= 0 || status_) return;
  ::kill(pid_, SIGKILL);
  wait_for(pid_);
}

void Child::signal(int number) const {
  if (!status_) ::kill(pid_, number);
}

int Child::wait() {
  if (!status_) status_ = wait_for(pid_);
  return *status_;
}

}  // namespace jointca::machine
