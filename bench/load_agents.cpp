// bench/load_agents.cpp — enrols hosts through running parties, then lets their agents tick, and
// says what this costs one party: CPU, memory, bytes.
//
//   load_agents PARTY-DIR [HOSTS [FIRST-TICKS [CONNECTIONS]]]
//
// A tick is what an agent fetches in one, by the code of the agent, from one party; every host has
// a Nebula certificate and a binding, every fiftieth is a lighthouse. All hosts fetch the same
// documents, so those with the present ones share a directory. Bytes are those of the loopback
// interface in both directions, headers and handshakes included; bench/agents gives the parties a
// network namespace, where nobody else talks. PARTY-DIR/pid names the party's process.
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <thread>

#include <unistd.h>

#include "bench/load_hosts.h"
#include "crypto/rng.h"
#include "daemon/authority_check.h"
#include "daemon/state_dir.h"
#include "host/documents.h"

namespace {

using namespace jointca;
using Clock = std::chrono::steady_clock;

constexpr std::size_t lighthouse_every = 50;
constexpr std::chrono::minutes interval{1};  // of `jointca agent`

Time now() { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) bench::stop("cannot read " + path);
  return text.str();
}

/// What the kernel has counted for a process and for the loopback interface.
struct Counters {
  double cpu = 0;           ///< seconds, user and system
  std::uint64_t bytes = 0;  ///< sent on the interface, so each once
  Clock::time_point at = Clock::now();
};

Counters counters(const std::string& pid) {
  Counters counters;
  std::istringstream stat(text_of("/proc/" + pid + "/stat"));
  stat.ignore(4096, ')');
  std::string skipped;
  for (int field = 3; field < 14; ++field) stat >> skipped;
  double user = 0, system = 0;
  stat >> user >> system;
  counters.cpu = (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
  const std::string devices = text_of("/proc/net/dev");
  std::istringstream loopback(devices.substr(devices.find("lo:") + 3));
  loopback >> counters.bytes;
  return counters;
}

std::string memory(const std::string& pid) {
  const std::string status = text_of("/proc/" + pid + "/status");
  const auto field = [&](const std::string& name) {
    std::istringstream value(status.substr(status.find(name) + name.size()));
    std::size_t kilobytes = 0;
    value >> kilobytes;
    return std::to_string(kilobytes / 1024) + " MB";
  };
  return field("VmRSS:") + ", at its peak " + field("VmHWM:");
}

/// What a host fetches in one tick. Whether a file changed.
bool tick(const host::Paths& paths, const ca::Authority& authority) {
  bool changed = false;
  host::Calls calls(authority);
  const auto take = [&](const std::string& what, const Result<host::Fetched, Error>& fetched) {
    if (!fetched) bench::stop(what + ": " + fetched.error().message);
    if (fetched->answered == 0) bench::stop(what + ": " + fetched->problems.front());
    changed |= fetched->changed;
  };
  take("revocations", host::fetch_revocations(calls, paths, authority, now()));
  const auto list = host::read_revocations(paths, authority);
  if (!list) bench::stop(list.error().message);
  take("lighthouses",
       host::fetch_tokens(calls, host::lighthouses_file(paths), authority, *list, now()));
  take("bindings", host::fetch_tokens(calls, host::bindings_file(paths), authority, *list, now()));
  return changed;
}

/// Ticks of many agents, each in the directory that `paths_of` gives: at full speed, or one after
/// each `pause`.
template <class PathsOf>
void measure(const std::string& what, std::size_t ticks, std::size_t connections,
             std::chrono::microseconds pause, const std::string& pid,
             const ca::Authority& authority, const PathsOf& paths_of) {
  std::atomic<std::size_t> next{0}, changed{0};
  const Counters before = counters(pid);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < connections; ++t)
    threads.emplace_back([&] {
      for (std::size_t i = next++; i < ticks; i = next++) {
        std::this_thread::sleep_until(before.at + i * pause);
        if (tick(paths_of(i), authority)) ++changed;
      }
    });
  for (std::thread& thread : threads) thread.join();
  const Counters after = counters(pid);
  const auto each = static_cast<double>(ticks);
  const std::chrono::duration<double> seconds = after.at - before.at;
  std::cout << what << ": " << ticks << " ticks, " << changed << " of them brought something; "
            << each / seconds.count() << " ticks/s, " << 3 * each / seconds.count()
            << " requests/s; of each tick " << 1e3 * (after.cpu - before.cpu) / each
            << " ms of the party's CPU and "
            << static_cast<double>(after.bytes - before.bytes) / each / 1e3
            << " kB on the network; its memory " << memory(pid) << std::endl;
}

host::Paths made(const std::string& path) {
  std::filesystem::create_directories(path + "/nebula");
  std::filesystem::create_directories(path + "/wireguard");
  return {path};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) bench::stop("give a party's directory");
  const std::string dir = argv[1];
  std::string pid = text_of(dir + "/pid");
  pid.pop_back();  // the line feed
  const auto number = [&](int position, std::size_t otherwise) {
    return argc > position ? std::strtoul(argv[position], nullptr, 10) : otherwise;
  };
  const std::size_t count = number(2, 1000), first = number(3, 100), connections = number(4, 16);
  SystemRng rng;
  std::vector<bench::Host> hosts;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string address = "198.51.100.1:" + std::to_string(10'000 + i);
    hosts.push_back(bench::invite(dir,
                                  {"agent-" + std::to_string(i),
                                   {ca::Kind::nebula, ca::Kind::wireguard},
                                   i % lighthouse_every == 0,
                                   {{ca::Kind::nebula, address}, {ca::Kind::wireguard, address}}},
                                  rng));
  }
  bench::enrol_all(hosts, 64);
  std::this_thread::sleep_for(std::chrono::seconds(5));  // until the logs of the others are copied
  std::cout << count << " hosts; memory of the party " << memory(pid) << '\n';

  auto authority = daemon::checked_authority(text_of(daemon::StatePaths{dir}.authority()));
  if (!authority) bench::stop(authority.error().message);
  std::erase_if(authority->parties, [&](const ca::Party& party) {
    return party.card.identity != hosts.front().party.identity;
  });

  const auto host_dir = [&](std::size_t i) {
    return made(dir + "/../agents/" + std::to_string(i));
  };
  constexpr std::chrono::microseconds at_once{0};
  measure("first tick of an agent", first, connections, at_once, pid, *authority, host_dir);
  const host::Paths up_to_date = host_dir(0);
  const auto same_dir = [&](std::size_t) { return up_to_date; };
  measure("nothing changed, at full speed", count, connections, at_once, pid, *authority, same_dir);
  const auto pause = std::chrono::microseconds(interval) / count;
  measure("nothing changed, each agent every minute", std::chrono::seconds(20) / pause, connections,
          pause, pid, *authority, same_dir);
  return 0;
}
