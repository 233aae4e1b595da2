// bench/load_hosts.h — hosts that ask running parties for certificates, as many as a load test
// needs. What goes wrong ends the program: there would be nothing to measure.
#pragma once

#include <string>
#include <vector>

#include "enroll/request.h"
#include "transport/http.h"

namespace jointca {
class Rng;
}

namespace jointca::bench {

[[noreturn]] void stop(const std::string& why);

struct HostTerms {
  std::string name;
  std::vector<ca::Kind> kinds;
  bool lighthouse = false;
  enroll::Endpoints endpoints;
};

/// A host that is ready to ask: with keys, proofs and an invitation.
struct Host {
  std::string name;
  std::string body;  ///< of its POST /v1/enroll
  enroll::PartyAddress party;
};

/// Invites through the administrative socket of the party in `party_dir`, which it will ask.
[[nodiscard]] Host invite(const std::string& party_dir, const HostTerms& terms, Rng& rng);

/// A connection, by its number from 0: every further sixty come from another address of the network
/// namespace, 192.0.2.1 and so on.
[[nodiscard]] transport::HttpsClient connect(const Host& host, std::size_t number = 0);

struct Enrolled {
  double seconds = 0;  ///< from the request to a bundle that names the host
  std::size_t certificates = 0;
};
Enrolled enrol(transport::HttpsClient& client, const Host& host);

/// The same for many over so many connections at once.
std::vector<Enrolled> enrol_all(const std::vector<Host>& hosts, std::size_t connections);

}  // namespace jointca::bench
