// bench/load_issuance.cpp — enrols many hosts through running parties and measures how long it
// takes: one host after the other, then all at once.
//
//   load_issuance PARTY-DIR [SEQUENTIAL [CONCURRENT [CONNECTIONS]]]
//
// Keys, proofs and invitations are made before the clock runs: what is measured is from the
// request to the certificate in the host's hands, verified, over TLS on a kept connection.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>

#include "bench/load_hosts.h"
#include "crypto/rng.h"

namespace {

using namespace jointca;
using Clock = std::chrono::steady_clock;

void report(const std::string& what, const std::vector<bench::Enrolled>& enrolled) {
  std::vector<double> seconds;
  for (const bench::Enrolled& each : enrolled) seconds.push_back(each.seconds);
  std::sort(seconds.begin(), seconds.end());
  const auto at = [&](double share) {
    return 1e3 *
           seconds[std::min(seconds.size() - 1,
                            static_cast<std::size_t>(share * static_cast<double>(seconds.size())))];
  };
  std::cout << what << ": median " << at(.5) << " ms, p99 " << at(.99) << " ms, " << seconds.size()
            << " hosts\n";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) bench::stop("give a party's directory");
  const std::string dir = argv[1];
  const auto number = [&](int position, std::size_t otherwise) {
    return argc > position ? std::strtoul(argv[position], nullptr, 10) : otherwise;
  };
  const std::size_t sequential = number(2, 200), concurrent = number(3, 1000),
                    connections = number(4, 64);
  SystemRng rng;
  std::vector<bench::Host> hosts;
  const std::string run = to_hex(rng.array<4>());
  for (std::size_t i = 0; i < sequential + concurrent; ++i)
    hosts.push_back(bench::invite(
        dir, {"load-" + run + "-" + std::to_string(i), {ca::Kind::nebula}, false, {}}, rng));

  std::vector<bench::Enrolled> one_by_one;
  transport::HttpsClient client = bench::connect(hosts.front());
  for (std::size_t i = 0; i < sequential; ++i) one_by_one.push_back(bench::enrol(client, hosts[i]));
  if (sequential > 0) report("one after the other", one_by_one);

  const auto start = Clock::now();
  hosts.erase(hosts.begin(), hosts.begin() + static_cast<std::ptrdiff_t>(sequential));
  const auto together = bench::enrol_all(hosts, connections);
  const std::chrono::duration<double> taken = Clock::now() - start;
  if (concurrent > 0) {
    report("at once over " + std::to_string(std::min(connections, concurrent)) + " connections",
           together);
    std::size_t certificates = 0;
    for (const bench::Enrolled& each : together) certificates += each.certificates;
    std::cout << static_cast<double>(certificates) / taken.count() << " certificates and "
              << static_cast<double>(concurrent) / taken.count() << " hosts per second\n";
  }
  return 0;
}
