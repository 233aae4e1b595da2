// host/order.h — a request of a host on its way to what is issued for it.
#pragma once

#include <functional>
#include <optional>

#include "host/files.h"
#include "host/parties.h"
#include "host/proof_files.h"
#include "host/submission.h"

namespace jointca::host {

/// What was issued, checked.
struct Granted {
  ca::Subject subject;
  std::vector<issued::Signed> statements;
  std::vector<std::string> fingerprints;  ///< of each but the anchor, in hexadecimal
  std::vector<std::string> signers;       ///< as the party says
  HostProofs proofs;
};

struct Order {
  Bytes sealed;
  enroll::VerifiedRequest request;
};

/// The request in the file at `path`, if it is one of this basis for this invitation and these
/// keys, so that a retry is the same request; else a new one, on the disk before it is returned. A
/// renewal is not asked for again after renewal_retry: its certificates would be old.
inline constexpr Duration renewal_retry{3600};
[[nodiscard]] Result<Order, Error> prepare_order(const std::string& path,
                                                 const ca::Authority& authority,
                                                 const Settings& settings,
                                                 const enroll::RequestKeys& keys, Time now,
                                                 Rng& rng);

using Clock = std::function<Time()>;

/// The same of an order: what was granted, checked.
[[nodiscard]] Result<Granted, Error> submit(const ca::Authority& authority,
                                            const std::vector<enroll::PartyAddress>& parties,
                                            const Order& order, Duration timeout,
                                            const Clock& clock, const Progress& progress,
                                            const Silent& silent = {});

/// Writes what was granted below DIR: the statements last, so that a half-written set is never a
/// working one. What the request's keys replace is for the caller.
[[nodiscard]] Result<Ok, Error> write_granted(const Paths& paths, const ca::Authority& authority,
                                              const Granted& granted, Time now);

}  // namespace jointca::host
