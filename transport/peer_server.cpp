// transport/peer_server.cpp — the listening side of a link: admission, requests, answers.
#include <map>

#include "transport/async.h"
#include "transport/connection.h"
#include "transport/link.h"
#include "transport/tls.h"

namespace jointca::transport {

struct PeerServer::State : std::enable_shared_from_this<PeerServer::State> {
  State(any_io_executor server_executor, SharedSslContext ssl_context, PeerHandler peer_handler,
        PeerLimits server_limits)
      : executor(std::move(server_executor)),
        context(std::move(ssl_context)),
        handler(std::move(peer_handler)),
        limits(server_limits),
        tasks(executor) {}

  any_io_executor executor;
  SharedSslContext context;
  PeerHandler handler;
  PeerLimits limits;
  Tasks tasks;
  std::shared_ptr<Listener> listener;
  std::size_t handshakes = 0;
  std::size_t connection_count = 0;
  std::map<PublicKey, std::vector<std::shared_ptr<Connection>>> connections;  // oldest first

  static awaitable<void> accept(std::shared_ptr<State> self, std::shared_ptr<Listener> listener);
  /// `handshake` is the place among limits.handshakes_max, given back when it is dropped.
  static awaitable<void> serve(std::shared_ptr<State> self, std::shared_ptr<Connection> connection,
                               std::shared_ptr<void> handshake);
  static awaitable<void> answer(std::shared_ptr<State> self, std::shared_ptr<Connection> connection,
                                PublicKey from, Frame request);

  /// A place for an authenticated connection. One party's connections displace only its own.
  [[nodiscard]] bool admit(const PublicKey& from, const std::shared_ptr<Connection>& connection) {
    auto& of_party = connections[from];
    while (of_party.size() >= limits.connections_per_party_max) {
      const auto oldest = of_party.front();
      leave(from, oldest);
      oldest->close("the party opened too many connections");
    }
    if (connection_count >= limits.connections_max) return false;
    of_party.push_back(connection);
    ++connection_count;
    return true;
  }

  void leave(const PublicKey& from, const std::shared_ptr<Connection>& connection) {
    connection_count -= std::erase(connections[from], connection);
  }

  void stop() {
    if (listener) listener->close();
    listener.reset();
    for (const auto& [from, of_party] : connections)
      for (const auto& connection : of_party) connection->close("the server stops");
    tasks.cancel();
  }
};

awaitable<void> PeerServer::State::accept(std::shared_ptr<State> self,
                                          std::shared_ptr<Listener> listener) {
  while (const auto connection = co_await listener->accept()) {
    if (self->handshakes >= self->limits.handshakes_max) {
      connection->close("too many handshakes");
      continue;
    }
    ++self->handshakes;
    std::shared_ptr<void> handshake(nullptr, [self](void*) { --self->handshakes; });
    self->tasks.spawn(serve(self, connection, std::move(handshake)));
  }
}

awaitable<void> PeerServer::State::serve(std::shared_ptr<State> self,
                                         std::shared_ptr<Connection> connection,
                                         std::shared_ptr<void> handshake) {
  auto from = co_await connection->handshake();
  handshake.reset();
  if (!from || !self->admit(*from, connection)) {
    connection->close("refused");
    co_return;
  }
  struct Leave {
    std::shared_ptr<State> state;
    PublicKey from;
    std::shared_ptr<Connection> connection;
    ~Leave() {
      connection->close("done");
      state->leave(from, connection);
    }
  };
  const Leave leave{self, *from, connection};
  connection->watch_idle(self->limits.idle);

  for (;;) {
    // What waits to be written counts too: who does not read our answers gets no further.
    while (connection->is_open() &&
           connection->in_flight + connection->queued() >= self->limits.calls_in_flight_max)
      co_await connection->written().wait_until(Deadline::max());
    auto request = co_await connection->read();
    if (!request) co_return;
    ++connection->in_flight;
    self->tasks.spawn(answer(self, connection, *from, *std::move(request)));
  }
}

awaitable<void> PeerServer::State::answer(std::shared_ptr<State> self,
                                          std::shared_ptr<Connection> connection, PublicKey from,
                                          Frame request) {
  struct InFlight {
    std::shared_ptr<Connection> connection;
    bool answered = false;
    ~InFlight() {
      --connection->in_flight;
      if (!answered) connection->close("its request could not be answered");
      connection->written().notify();
    }
  };
  InFlight in_flight{connection};
  Bytes reply = co_await self->handler(from, std::move(request.payload));
  if (reply.size() > payload_bytes_max) co_return;
  connection->send({request.call, std::move(reply)});
  in_flight.answered = true;
}

PeerServer::PeerServer(any_io_executor executor, const TlsIdentity& identity,
                       std::vector<PublicKey> allowed, PeerHandler handler, PeerLimits limits)
    : state_(std::make_shared<State>(
          std::move(executor), SharedSslContext(peer_server_context(identity, std::move(allowed))),
          std::move(handler), limits)) {}
PeerServer::PeerServer(PeerServer&&) noexcept = default;
PeerServer::~PeerServer() {
  if (state_) stop();
}

Result<Ok, Error> PeerServer::listen(const Endpoint& endpoint) {
  JCA_ASSIGN(auto listener,
             Listener::open(state_->executor, state_->context, endpoint, state_->limits));
  stop();
  state_->listener = listener;
  state_->tasks.spawn(State::accept(state_, listener));
  return Ok{};
}

std::uint16_t PeerServer::port() const { return state_->listener ? state_->listener->port() : 0; }

std::size_t PeerServer::connections() const { return state_->connection_count; }

void PeerServer::stop() { state_->stop(); }

}  // namespace jointca::transport
