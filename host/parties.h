// host/parties.h — how a host talks to the parties: over TLS with pinned keys, one after the other,
// because none is trusted to tell the truth about the others.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "ca/authority.h"
#include "enroll/invitation.h"
#include "transport/http.h"

namespace jointca::host {

inline constexpr std::chrono::milliseconds fetch_timeout{10'000};

/// Where the parties of an authority answer hosts.
[[nodiscard]] std::vector<enroll::PartyAddress> addresses_of(const ca::Authority& authority);

/// One call. An error begins with the party's name, if `authority` has one for its key.
[[nodiscard]] Result<transport::HttpResponse, Error> call(const ca::Authority& authority,
                                                          const enroll::PartyAddress& party,
                                                          const transport::HttpRequest& request,
                                                          std::chrono::milliseconds timeout);

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
