#include "bench/load_hosts.h"

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

namespace jointca::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::json;

constexpr std::size_t connections_per_address = 60;

}  // namespace

void stop(const std::string& why) {
  std::cerr << why << '\n';
  std::exit(1);
}

Host invite(const std::string& party_dir, const HostTerms& terms, Rng& rng) {
  Json kinds = Json::array();
  for (const ca::Kind kind : terms.kinds) kinds.push_back(std::string(ca::to_text(kind)));
  const Json asked{{"name", terms.name},
                   {"groups", Json::array()},
                   {"kinds", std::move(kinds)},
                   {"addresses", Json::array()},
                   {"ttl", 86400},
                   {"uses", 1},
                   {"expires", 3600},
                   {"lighthouse", terms.lighthouse}};
  const auto invited =
      transport::unix_call(daemon::StatePaths{party_dir}.admin_socket(),
                           {"POST", "/v1/invitations", asked.dump(), {}}, std::chrono::seconds(30));
  if (!invited || invited->status != 200)
    stop("invite: " + (invited ? invited->body : invited.error().message));
  const auto token =
      enroll::parse_token(Json::parse(invited->body).at("invitation").get<std::string>());
  if (!token) stop("token: " + token.error().text());
  const SigningKey invitation(token->seed.duplicate());
  const SigningKey identity = SigningKey::generate(rng);
  std::map<ca::Kind, X25519Key> keys;
  enroll::RequestKeys request_keys{&invitation, identity, {}};
  for (const ca::Kind kind : terms.kinds)
    request_keys.by_kind[kind] = &keys.emplace(kind, X25519Key::generate(rng)).first->second;
  const auto now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  const enroll::Request request = enroll::make_request(token->invitation, request_keys,
                                                       terms.endpoints, terms.lighthouse, now, rng);
  const Bytes sealed = enroll::seal_request(request, request_keys, rng);
  return {terms.name, Json{{"request", to_base64(sealed)}}.dump(), token->parties.front()};
}

transport::HttpsClient connect(const Host& host, std::size_t number) {
  auto endpoint = transport::Endpoint::parse(host.party.endpoint);
  if (!endpoint) stop(endpoint.error().text());
  // To a local address Linux connects from that address.
  if (number >= connections_per_address)
    endpoint->host = "192.0.2." + std::to_string(number / connections_per_address);
  return {*endpoint, host.party.identity};
}

Enrolled enrol(transport::HttpsClient& client, const Host& host) {
  const auto start = Clock::now();
  const auto response =
      client.call({"POST", "/v1/enroll", host.body, {}}, std::chrono::seconds(120));
  const std::chrono::duration<double> taken = Clock::now() - start;
  if (!response || response->status != 200)
    stop("enroll: " + (response ? response->body : response.error().message));
  const auto bundle = enroll::parse_bundle(response->body);
  if (!bundle || bundle->name != host.name) stop("enroll: not the bundle of " + host.name);
  return {taken.count(), bundle->proofs.size() / bundle->signers.size()};
}

std::vector<Enrolled> enrol_all(const std::vector<Host>& hosts, std::size_t connections) {
  std::vector<Enrolled> enrolled(hosts.size());
  std::atomic<std::size_t> next{0};
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < std::min(connections, hosts.size()); ++t)
    threads.emplace_back([&, t] {
      transport::HttpsClient client = connect(hosts.front(), t);
      for (std::size_t i = next++; i < hosts.size(); i = next++)
        enrolled[i] = enrol(client, hosts[i]);
    });
  for (std::thread& thread : threads) thread.join();
  return enrolled;
}

}  // namespace jointca::bench
