// host/parties.h — how a host talks to the parties: over TLS with pinned keys, one after the other,
// because none is trusted to tell the truth about the others.
#pragma once

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "ca/authority.h"
#include "enroll/invitation.h"
#include "transport/http.h"

namespace jointca::host {

inline constexpr std::chrono::milliseconds fetch_timeout{10'000};

/// Where the parties of an authority answer hosts.
[[nodiscard]] std::vector<enroll::PartyAddress> addresses_of(const ca::Authority& authority);

/// Parties that could not be reached, and why.
using Silent = std::map<PublicKey, Error>;

/// Calls to parties. Connections are kept for the next call: to a party, a handshake is dearer than
/// an answer. A party that could not be reached, or let the time pass, is not waited for again: all
/// later calls to it fail at once with the same error.
class Calls {
 public:
  /// The authority, whose names for the parties errors begin with, must outlive it.
  explicit Calls(const ca::Authority& authority, Silent silent = {})
      : authority_(authority), silent_(std::move(silent)) {}

  [[nodiscard]] Result<transport::HttpResponse, Error> call(const enroll::PartyAddress& party,
                                                            const transport::HttpRequest& request,
                                                            std::chrono::milliseconds timeout);
  /// Those that answered none of the calls.
  [[nodiscard]] Silent silent() const;

 private:
  const ca::Authority& authority_;
  Silent silent_;
  std::set<PublicKey> answered_;
  std::map<std::pair<PublicKey, std::string>, transport::HttpsClient> clients_;
};

/// The authority of this id, from whichever of the parties has it first.
[[nodiscard]] Result<ca::Authority, Error> fetch_authority(
    const std::vector<enroll::PartyAddress>& parties, const Digest& id);

/// A party's error document, {"error":{"code","message","field"}}, as far as it can be believed.
struct ApiError {
  std::string code;
  std::string message;
};
[[nodiscard]] ApiError api_error(const transport::HttpResponse& response);

/// Whose operators a party waits for, from its answer: names of parties, or how to put it without.
[[nodiscard]] std::string waiting_for(const std::string& body);

}  // namespace jointca::host
