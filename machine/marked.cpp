#include "machine/marked.h"

#include <algorithm>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include <sys/syscall.h>
#include <unistd.h>

#include "machine/descriptor.h"

namespace jointca::machine {
namespace {

constexpr std::chrono::milliseconds look_again{20};

bool has(int pid, const std::string& variable) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/environ", std::ios::binary);
  const std::string all{std::istreambuf_iterator<char>(file), {}};
  const std::string wanted = variable + '\0';
  return all.starts_with(wanted) || all.find('\0' + wanted) != std::string::npos;
}

}  // namespace

std::vector<int> processes_with(const std::string& variable) {
  std::vector<int> found;
  std::error_code problem;
  std::filesystem::directory_iterator at("/proc", problem);
  for (; !problem && at != std::filesystem::directory_iterator(); at.increment(problem)) {
    const std::string name = at->path().filename().string();
    int pid = 0;
    const auto [end, failure] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (failure == std::errc() && end == name.data() + name.size() && pid != ::getpid() &&
        has(pid, variable))
      found.push_back(pid);
  }
  return found;
}

Result<Ok, Error> end_processes_with(const std::string& variable,
                                     std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    const auto found = processes_with(variable);
    if (found.empty()) return Ok{};
    if (std::chrono::steady_clock::now() > deadline)
      return failed("process " + std::to_string(found.front()) + " does not end");
    for (const int pid : found) {
      // Held by a descriptor, its number cannot become another process's before the signal.
      const Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
      if (process.get() >= 0 && has(pid, variable))
        ::syscall(SYS_pidfd_send_signal, process.get(), SIGKILL, nullptr, 0);
    }
    std::this_thread::sleep_for(look_again);
  }
}

}  // namespace jointca::machine
