#include "host/supervise.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include <poll.h>
#include <unistd.h>

#include "crypto/hash.h"

namespace jointca::host {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;
using mpyc::Check;

constexpr auto look_again = 250ms;
constexpr auto grace = 3s;  ///< of a program that is asked to end

/// What the child prints, to our own standard output.
class Output {
 public:
  explicit Output(int descriptor) : descriptor_(descriptor) {}

  [[nodiscard]] pollfd wait() const { return {descriptor_, POLLIN, 0}; }
  /// What can be read now.
  void pass_on() {
    std::array<std::uint8_t, 16384> chunk{};
    while (descriptor_ >= 0) {
      const ssize_t count = ::read(descriptor_, chunk.data(), chunk.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && errno == EAGAIN) return;
      if (count <= 0) {
        descriptor_ = -1;
        return;
      }
      const auto bytes = BytesView(chunk).first(static_cast<std::size_t>(count));
      hash_.update(bytes);
      write(bytes);
    }
  }
  [[nodiscard]] Digest digest() { return hash_.finish(); }

 private:
  /// Whoever reads our output may be gone: that is no reason to end the program.
  static void write(BytesView bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return;
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
  }

  int descriptor_;
  Sha256 hash_;
};

/// Why the program has to end now.
std::optional<Problem> reason_to_end(const Supervision& supervision,
                                     SteadyClock::time_point begin) {
  if (auto revoked = supervision.revoked()) return revoked;
  if (supervision.clock() >= supervision.not_after)
    return Problem{Check::window, "not_after: the window ended at " +
                                      to_rfc3339(supervision.not_after) + ", in mid run"};
  if (SteadyClock::now() - begin > supervision.total)
    return Problem{Check::unfinished, "not finished, and the seat guard does not answer"};
  return std::nullopt;
}

}  // namespace

ProgramEnd supervise(machine::Child& child, const machine::EndSignals& signals,
                     const Supervision& supervision) {
  ProgramEnd end;
  Output output(child.output());
  const auto begin = SteadyClock::now();
  auto kill_at = SteadyClock::time_point::max();
  for (;;) {
    std::array<pollfd, 3> waits{
        {{child.ended_descriptor(), POLLIN, 0}, {signals.descriptor(), POLLIN, 0}, output.wait()}};
    ::poll(waits.data(), waits.size(), static_cast<int>(look_again.count()));
    output.pass_on();
    if ((waits[0].revents & POLLIN) != 0) break;
    if (end.problem) continue;  // it is killed
    if (const auto signal = signals.next(0ms)) {
      end.signal = signal;
      child.signal(*signal);
      kill_at = std::min(kill_at, SteadyClock::now() + grace);
    }
    if (!end.signal) end.problem = reason_to_end(supervision, begin);
    if (end.problem || SteadyClock::now() > kill_at) child.signal(SIGKILL);
  }
  end.status = child.wait();
  output.pass_on();
  if (child.output() >= 0) end.result = output.digest();
  return end;
}

}  // namespace jointca::host
