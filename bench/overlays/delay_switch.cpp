// bench/overlays/delay_switch.cpp — the network between namespaces: one TUN in each, and packets
// from one to another after the delay of that path.
//
//   delay_switch SPEC.json     the format: spec.h
//
// Makes the interfaces, prints "ready", and forwards. Each line on standard input is answered by a
// line of statistics: counts since the start, and how late packets left since the line before. When
// standard input ends, the time is over or the parent dies, so does this, after a last line. Needs
// root. Runs as a real-time process where it may: it stands for wires, which do not wait for a
// processor.
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <iostream>
#include <map>
#include <vector>

#include <nlohmann/json.hpp>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "bench/overlays/fabric.h"
#include "bench/overlays/lateness.h"
#include "bench/overlays/packet.h"
#include "bench/overlays/spec.h"
#include "bench/overlays/tun.h"
#include "machine/files.h"

namespace {

using namespace jointca;
using namespace jointca::overlays;
using Json = nlohmann::ordered_json;

constexpr int batch =
    64;  // packets of one interface before the others, and what is due, get a turn
constexpr std::uint64_t timer_event = machines_max;
constexpr std::uint64_t input_event = machines_max + 1;

Instant now() { return std::chrono::steady_clock::now().time_since_epoch(); }

std::int64_t microseconds(const timeval& time) {
  return std::int64_t{time.tv_sec} * 1'000'000 + time.tv_usec;
}

class Switch {
 public:
  Switch(const Spec& spec, std::vector<machine::Descriptor> tuns, bool realtime)
      : fabric_(spec.machines.size(), spec.paths, spec.seed),
        tuns_(std::move(tuns)),
        realtime_(realtime),
        started_(now()),
        end_(started_ + std::chrono::seconds(spec.seconds)) {
    for (std::size_t i = 0; i < spec.machines.size(); ++i)
      for (const auto& address : spec.machines[i].addresses) machine_of_.emplace(address, i);
  }

  Result<Ok, Error> run();
  [[nodiscard]] Json statistics() const;

 private:
  Result<Ok, Error> watch(int descriptor, std::uint64_t event);
  void receive(std::size_t machine);
  void deliver();
  void arm();
  bool answer();

  Fabric fabric_;
  std::vector<machine::Descriptor> tuns_;
  machine::Descriptor epoll_{::epoll_create1(EPOLL_CLOEXEC)};
  // Both clocks are CLOCK_MONOTONIC.
  machine::Descriptor timer_{::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)};
  std::map<ca::IpAddress, std::size_t> machine_of_;
  std::array<std::uint8_t, packet_bytes_max> buffer_{};
  Lateness lateness_;
  std::uint64_t elsewhere_ = 0;  // to no machine, or to the sender itself
  std::uint64_t refused_ = 0;    // by the interface, because it is down
  bool realtime_;
  Instant started_;
  Instant end_;
};

Result<Ok, Error> Switch::watch(int descriptor, std::uint64_t event) {
  epoll_event wanted{};
  wanted.events = EPOLLIN;
  wanted.data.u64 = event;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &wanted) != 0)
    return failed(std::string("epoll: ") + std::strerror(errno));  // NOLINT(concurrency-mt-unsafe)
  return Ok{};
}

void Switch::receive(std::size_t machine) {
  for (int i = 0; i < batch; ++i) {
    const ssize_t size = ::read(tuns_[machine].get(), buffer_.data(), buffer_.size());
    if (size <= 0) return;
    const BytesView packet = BytesView(buffer_).first(static_cast<std::size_t>(size));
    const auto address = destination(packet);
    const auto found = address ? machine_of_.find(*address) : machine_of_.end();
    if (found == machine_of_.end() || found->second == machine)
      ++elsewhere_;
    else
      fabric_.accept(machine, found->second, to_bytes(packet), now());
  }
}

void Switch::deliver() {
  while (const auto delivery = fabric_.take(now())) {
    const BytesView packet = delivery->packet;
    if (::write(tuns_[delivery->to].get(), packet.data(), packet.size()) < 0) ++refused_;
    lateness_.add(now() - delivery->due);
  }
}

void Switch::arm() {
  const Instant next = std::min(fabric_.next_due().value_or(end_), end_);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(next);
  itimerspec when{};
  when.it_value.tv_sec = seconds.count();
  when.it_value.tv_nsec = std::max<std::int64_t>((next - seconds).count(), 1);  // 0 would disarm it
  ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
}

/// Whether to go on.
bool Switch::answer() {
  std::array<char, 256> asked{};
  const ssize_t size = ::read(STDIN_FILENO, asked.data(), asked.size());
  if (size <= 0) return false;
  for (ssize_t i = 0; i < size; ++i)
    if (asked[static_cast<std::size_t>(i)] == '\n') {
      std::cout << statistics().dump() << std::endl;
      lateness_ = Lateness();
    }
  return true;
}

Result<Ok, Error> Switch::run() {
  for (std::size_t i = 0; i < tuns_.size(); ++i) JCA_TRY(watch(tuns_[i].get(), i));
  JCA_TRY(watch(timer_.get(), timer_event));
  JCA_TRY(watch(STDIN_FILENO, input_event));
  std::cout << "ready" << std::endl;
  std::array<epoll_event, machines_max + 2> events{};
  while (now() < end_) {
    arm();
    const int count = ::epoll_wait(epoll_.get(), events.data(), events.size(), -1);
    if (count < 0 && errno != EINTR)
      return failed(std::string("epoll: ") +
                    std::strerror(errno));  // NOLINT(concurrency-mt-unsafe)
    for (int i = 0; i < count; ++i) {
      const std::uint64_t event = events[static_cast<std::size_t>(i)].data.u64;
      std::uint64_t expirations = 0;
      if (event < machines_max)
        receive(event);
      else if (event == timer_event)
        static_cast<void>(::read(timer_.get(), &expirations, sizeof expirations));
      else if (!answer())
        return Ok{};
    }
    deliver();
  }
  return Ok{};
}

Json Switch::statistics() const {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  PathCounts sum;
  Json paths = Json::array();
  for (std::size_t from = 0; from < fabric_.machines(); ++from)
    for (std::size_t to = 0; to < fabric_.machines(); ++to) {
      const PathCounts& counts = fabric_.counts(from, to);
      if (counts == PathCounts{}) continue;
      sum.packets += counts.packets;
      sum.bytes += counts.bytes;
      sum.lost += counts.lost;
      sum.overflowed += counts.overflowed;
      paths.push_back({from, to, counts.packets, counts.bytes, counts.lost, counts.overflowed});
    }
  return {{"seconds", std::chrono::duration<double>(now() - started_).count()},
          {"realtime", realtime_},
          {"cpu_user_us", microseconds(usage.ru_utime)},
          {"cpu_system_us", microseconds(usage.ru_stime)},
          {"packets", sum.packets},
          {"bytes", sum.bytes},
          {"lost", sum.lost},
          {"overflowed", sum.overflowed},
          {"elsewhere", elsewhere_},
          {"refused", refused_},
          {"late_us_median", lateness_.quantile(.5).count()},
          {"late_us_p99", lateness_.quantile(.99).count()},
          {"late_us_max", lateness_.max().count() / 1000},
          {"delivered", lateness_.count()},
          {"paths", std::move(paths)}};
}

Result<Ok, Error> work(const std::string& path) {
  JCA_ASSIGN(const auto text, machine::read_file(path, spec_bytes_max));
  const auto spec = parse_spec(to_text(text));
  if (!spec) return failed(Error::Code::usage, spec.error().text());
  std::vector<machine::Descriptor> tuns;
  for (const Machine& each : spec->machines) {
    JCA_ASSIGN(auto tun, open_tun(each));
    tuns.push_back(std::move(tun));
  }
  const sched_param priority{.sched_priority = 1};
  const bool realtime = ::sched_setscheduler(0, SCHED_FIFO, &priority) == 0;
  Switch between(*spec, std::move(tuns), realtime);
  JCA_TRY(between.run());
  std::cout << between.statistics().dump() << std::endl;
  return Ok{};
}

}  // namespace

int main(int count, char** arguments) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
  if (count != 2) {
    std::cerr << "usage: delay_switch SPEC.json\n";
    return 2;
  }
  const auto done = work(arguments[1]);
  if (done) return 0;
  std::cerr << "delay_switch: " << done.error().message << "\n";
  return static_cast<int>(done.error().code);
}
