// transport/link.h — requests and answers between parties, over mutual TLS 1.3 with pinned keys.
//
// The dialling side asks, the listening side answers; each party does both. A connection carries
// many calls at once, answered in any order. Format: docs/formats/wire.md, "Frame and link".
// A link proves who is connected, to the two ends and nobody else: messages that must convince a
// third party are signed inside. All objects belong to the thread of their executor.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "base/error.h"
#include "crypto/signing_key.h"
#include "transport/endpoint.h"
#include "transport/frame.h"
#include "transport/identity.h"

namespace jointca::transport {

/// The bounds of one side of a link. The defaults are the protocol's; tests shorten them.
struct PeerLimits {
  std::size_t connections_max = 256;             ///< with their handshake done
  std::size_t connections_per_party_max = 4;     ///< one more closes that party's oldest
  std::size_t handshakes_max = 64;               ///< one more is closed at once
  std::size_t calls_in_flight_max = 256;         ///< per connection; a server then stops reading
  std::size_t payload_max = payload_bytes_max;   ///< a longer frame closes the connection unread
  std::chrono::milliseconds connect{5'000};      ///< name, TCP and TLS together
  std::chrono::milliseconds handshake{5'000};    ///< TLS, on the listening side
  std::chrono::milliseconds transfer{60'000};    ///< from the first byte of a frame to its last
  std::chrono::milliseconds idle{300'000};       ///< without a call in flight; dialers take half
  std::chrono::milliseconds backoff_min{50};     ///< doubles with each failure …
  std::chrono::milliseconds backoff_max{2'000};  ///< … up to this
};

/// Answers one request of the authenticated party `from`. Failures belong into the answer: a
/// handler that throws costs its caller the connection. An answer above payload_bytes_max does too.
using PeerHandler = std::function<boost::asio::awaitable<Bytes>(PublicKey from, Bytes request)>;

/// Listens for the other parties. Handlers run concurrently, also for one connection.
class PeerServer {
 public:
  PeerServer(boost::asio::any_io_executor executor, const TlsIdentity& identity,
             std::vector<PublicKey> allowed, PeerHandler handler, PeerLimits limits = {});
  PeerServer(PeerServer&&) noexcept;
  PeerServer& operator=(PeerServer&&) = delete;
  PeerServer(const PeerServer&) = delete;
  PeerServer& operator=(const PeerServer&) = delete;
  /// Stops. Handlers that still wait for something are cancelled there; what they refer to must
  /// live until the executor has run once more or is destroyed.
  ~PeerServer();

  Result<Ok, Error> listen(const Endpoint& endpoint);
  /// The port in use; 0 before listen().
  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] std::size_t connections() const;
  /// Closes the port and all connections, and cancels the handlers. listen() starts anew.
  void stop();

  struct State;

 private:
  std::shared_ptr<State> state_;
};

/// The way to one other party. Connects when first used, and again when the connection has broken.
class PeerLink {
 public:
  PeerLink(boost::asio::any_io_executor executor, const TlsIdentity& identity, Endpoint endpoint,
           PublicKey pin, PeerLimits limits = {});
  PeerLink(PeerLink&&) noexcept;
  PeerLink& operator=(PeerLink&&) = delete;
  PeerLink(const PeerLink&) = delete;
  PeerLink& operator=(const PeerLink&) = delete;
  /// Closes; calls in flight fail, safely after the link is gone.
  ~PeerLink();

  /// The answer, or Error::Code::unreachable: not connected and the last attempt too recent (fails
  /// at once), the connection broke, or no answer came in `timeout`. An answer that comes later is
  /// dropped. The other side may have acted on a request that failed here.
  boost::asio::awaitable<Result<Bytes, Error>> call(Bytes request,
                                                    std::chrono::milliseconds timeout);
  /// Whether a TLS connection stands. The other side may not yet have accepted our certificate.
  [[nodiscard]] bool connected() const;
  [[nodiscard]] const Endpoint& endpoint() const;
  /// Fails the calls in flight. The next call connects again.
  void close();

  struct State;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace jointca::transport
