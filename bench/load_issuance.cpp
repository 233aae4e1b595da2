// bench/load_issuance.cpp — enrols many hosts through running parties and measures how long it
// takes: one host after the other, then all at once.
//
//   load_issuance PARTY-DIR [SEQUENTIAL [CONCURRENT [CONNECTIONS]]]
//
// Keys, proofs and invitations are made before the clock runs: what is measured is from the
// request to the certificate in the host's hands, verified, over TLS on a kept connection.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <thread>

#include <nlohmann/json.hpp>

#include "crypto/rng.h"
#include "crypto/x25519.h"
#include "daemon/state_dir.h"
#include "enroll/bundle.h"
#include "enroll/request.h"
#include "transport/http.h"

namespace {

using namespace jointca;
using Clock = std::chrono::steady_clock;
using Json = nlohmann::json;

[[noreturn]] void stop(const std::string& why) {
  std::cerr << "load_issuance: " << why << '\n';
  std::exit(1);
}

/// A host that is ready to ask.
struct Host {
  std::string body;
  std::string name;
};

Host make_host(const std::string& party_dir, const std::string& name, Rng& rng,
               std::vector<enroll::PartyAddress>& parties) {
  const Json terms{{"name", name},        {"groups", Json::array()},
                   {"kinds", {"nebula"}}, {"addresses", Json::array()},
                   {"ttl", 86400},        {"uses", 1},
                   {"expires", 3600},     {"lighthouse", false}};
  const auto invited =
      transport::unix_call(daemon::StatePaths{party_dir}.admin_socket(),
                           {"POST", "/v1/invitations", terms.dump(), {}}, std::chrono::seconds(30));
  if (!invited || invited->status != 200)
    stop("invite: " + (invited ? invited->body : invited.error().message));
  const auto token =
      enroll::parse_token(Json::parse(invited->body).at("invitation").get<std::string>());
  if (!token) stop("token: " + token.error().text());
  parties = token->parties;
  const SigningKey invitation(token->seed.duplicate());
  const SigningKey identity = SigningKey::generate(rng);
  const X25519Key nebula = X25519Key::generate(rng);
  const enroll::RequestKeys keys{&invitation, identity, {{ca::Kind::nebula, &nebula}}};
  const auto now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  const enroll::Request request =
      enroll::make_request(token->invitation, keys, {}, false, now, rng);
  return {Json{{"request", to_base64(enroll::seal_request(request, keys, rng))}}.dump(), name};
}

/// Seconds from the request to a bundle that names the host.
double enrol(transport::HttpsClient& client, const Host& host) {
  const auto start = Clock::now();
  const auto response =
      client.call({"POST", "/v1/enroll", host.body, {}}, std::chrono::seconds(120));
  const std::chrono::duration<double> taken = Clock::now() - start;
  if (!response || response->status != 200)
    stop("enroll: " + (response ? response->body : response.error().message));
  const auto bundle = enroll::parse_bundle(response->body);
  if (!bundle || bundle->name != host.name) stop("enroll: not the bundle of " + host.name);
  return taken.count();
}

void report(const std::string& what, std::vector<double> seconds) {
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
  if (argc < 2) stop("give a party's directory");
  const std::string dir = argv[1];
  const auto number = [&](int position, std::size_t otherwise) {
    return argc > position ? std::strtoul(argv[position], nullptr, 10) : otherwise;
  };
  const std::size_t sequential = number(2, 200), concurrent = number(3, 1000),
                    connections = number(4, 64);
  SystemRng rng;
  std::vector<enroll::PartyAddress> parties;
  std::vector<Host> hosts;
  const std::string run = to_hex(rng.array<4>());
  for (std::size_t i = 0; i < sequential + concurrent; ++i)
    hosts.push_back(make_host(dir, "load-" + run + "-" + std::to_string(i), rng, parties));
  const auto endpoint = transport::Endpoint::parse(parties.front().endpoint);
  if (!endpoint) stop(endpoint.error().text());
  const PublicKey pin = parties.front().identity;

  std::vector<double> one_by_one;
  transport::HttpsClient client(*endpoint, pin);
  for (std::size_t i = 0; i < sequential; ++i) one_by_one.push_back(enrol(client, hosts[i]));
  if (sequential > 0) report("one after the other", one_by_one);

  std::vector<double> together(concurrent);
  std::atomic<std::size_t> next{0};
  const auto start = Clock::now();
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < std::min(connections, concurrent); ++t)
    threads.emplace_back([&] {
      transport::HttpsClient own(*endpoint, pin);
      for (std::size_t i = next++; i < concurrent; i = next++)
        together[i] = enrol(own, hosts[sequential + i]);
    });
  for (std::thread& thread : threads) thread.join();
  const std::chrono::duration<double> taken = Clock::now() - start;
  if (concurrent > 0) {
    report("at once over " + std::to_string(threads.size()) + " connections", together);
    std::cout << "certificates of " << static_cast<double>(concurrent) / taken.count()
              << " hosts per second\n";
  }
  return 0;
}
