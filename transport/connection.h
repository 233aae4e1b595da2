// transport/connection.h — one TLS connection that carries frames, and the port that accepts them.
//
// Internal to transport; hides the sockets from link.cpp and peer_server.cpp. A connection closes
// itself when a frame takes too long, when nothing happens for too long, and when the other side
// sends what is no frame. Reading then fails with the reason.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "transport/async.h"
#include "transport/link.h"

struct ssl_ctx_st;

namespace jointca::transport {

struct Frame {
  std::uint64_t call = 0;
  Bytes payload;
};

/// Shared by the connections that were made with it.
using SharedSslContext = std::shared_ptr<ssl_ctx_st>;

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  virtual ~Connection() = default;

  /// Resolves, connects and shakes hands, all within limits.connect.
  static awaitable<Result<std::shared_ptr<Connection>, Error>> dial(SharedSslContext context,
                                                                    Endpoint endpoint,
                                                                    PublicKey pin,
                                                                    PeerLimits limits);
  /// The accepting side's half, within limits.handshake. The key that the other side proved.
  virtual awaitable<Result<PublicKey, Error>> handshake() = 0;

  /// The next frame. One reader at a time.
  virtual awaitable<Result<Frame, Error>> read() = 0;
  /// Queues `frame`. After a failure to write, read() fails.
  virtual void send(Frame frame) = 0;
  /// Takes a frame that is not yet being written out of the queue.
  virtual void unsend(std::uint64_t call) = 0;
  /// Frames not yet written in full.
  [[nodiscard]] virtual std::size_t queued() const = 0;
  /// Notified after each frame written, and by close().
  virtual Event& written() = 0;

  /// Begins to close after `idle` without frames, counted only while no call is in flight.
  virtual void watch_idle(std::chrono::milliseconds idle) = 0;
  std::size_t in_flight = 0;  ///< calls, as the owner counts them

  /// Ends the TCP connection at once. The first `reason` is what read() tells.
  virtual void close(const std::string& reason) = 0;
  [[nodiscard]] virtual bool is_open() const = 0;
};

/// A listening port.
class Listener {
 public:
  Listener() = default;
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  virtual ~Listener() = default;

  static Result<std::shared_ptr<Listener>, Error> open(any_io_executor executor,
                                                       SharedSslContext context,
                                                       const Endpoint& endpoint, PeerLimits limits);
  /// A connection whose handshake is still to come, or nothing once closed.
  virtual awaitable<std::shared_ptr<Connection>> accept() = 0;
  [[nodiscard]] virtual std::uint16_t port() const = 0;
  virtual void close() = 0;
};

}  // namespace jointca::transport
