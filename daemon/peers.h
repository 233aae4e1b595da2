// daemon/peers.h — how a party reaches the others.
#pragma once

#include <chrono>

#include "threshold/envelope.h"
#include "threshold/party.h"
#include "transport/async.h"

namespace jointca::daemon {

/// The daemon's goes over links; tests bend their own.
class Peers {
 public:
  Peers() = default;
  Peers(const Peers&) = delete;
  Peers& operator=(const Peers&) = delete;
  virtual ~Peers() = default;
  /// Sends an envelope to `to`, which may be this party itself, and gives its answer: parsed, but
  /// not checked.
  virtual transport::awaitable<Result<Envelope, Error>> ask(Identifier to, Envelope envelope,
                                                            std::chrono::milliseconds timeout) = 0;
};

}  // namespace jointca::daemon
