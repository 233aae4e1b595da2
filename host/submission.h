// host/submission.h — one request in the hands of the parties: whichever answers, waits or refuses.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "enroll/bundle.h"
#include "host/parties.h"

namespace jointca::host {

/// Receives what is worth telling while it takes long, a line each.
using Progress = std::function<void(const std::string&)>;

/// What is sent to a party.
struct Submission {
  std::string path;  ///< "/v1/enroll"
  Digest id{};       ///< under which a party knows it while it waits
  Bytes sealed;
};

/// Whether an answer is what was asked for. The host trusts nothing that this did not check.
using Accept = std::function<Result<Ok, Error>(const enroll::Bundle&)>;

/// Asks party after party: ends with the first answer that is accepted, or when no party has
/// anything but reasons against it, or after `timeout` of waiting for operators. Parties that are
/// known to be silent are not asked. Errors: `refused`, `unreachable` (too few parties, or
/// operators have to decide), `verification`.
[[nodiscard]] Result<Ok, Error> submit(const ca::Authority& authority,
                                       const std::vector<enroll::PartyAddress>& parties,
                                       const Submission& submission, Duration timeout,
                                       const Accept& accept, const Progress& progress,
                                       const Silent& silent = {});

}  // namespace jointca::host
