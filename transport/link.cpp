// transport/link.cpp — the dialling side of a link: calls in flight, reconnection, backoff.
#include "transport/link.h"

#include <algorithm>
#include <map>
#include <optional>

#include "transport/async.h"
#include "transport/connection.h"
#include "transport/tls.h"

namespace jointca::transport {
namespace {

struct Call {
  Call(any_io_executor executor, Bytes bytes)
      : request(std::move(bytes)), settled(std::move(executor)) {}

  Bytes request;  // until it is handed to a connection
  Event settled;
  std::optional<Result<Bytes, Error>> outcome;

  void settle(Result<Bytes, Error> result) {
    if (!outcome) outcome.emplace(std::move(result));
    settled.notify();
  }
};

}  // namespace

/// Idle without `session`; dialling or connected with one. Each session is one coroutine, run(),
/// which notices by its number that it has been replaced.
struct PeerLink::State : std::enable_shared_from_this<PeerLink::State> {
  State(any_io_executor link_executor, SharedSslContext ssl_context, Endpoint link_endpoint,
        PublicKey pinned, PeerLimits link_limits)
      : executor(std::move(link_executor)),
        context(std::move(ssl_context)),
        endpoint(std::move(link_endpoint)),
        pin(pinned),
        limits(link_limits),
        tasks(executor) {}

  any_io_executor executor;
  SharedSslContext context;
  Endpoint endpoint;
  PublicKey pin;
  PeerLimits limits;
  Tasks tasks;

  std::uint64_t session = 0;  // the number of the newest
  bool in_session = false;
  std::shared_ptr<Connection> connection;
  std::map<std::uint64_t, std::shared_ptr<Call>> calls;
  std::uint64_t next_call = 1;

  std::chrono::milliseconds backoff{0};
  Deadline next_attempt{};  // not before then
  std::optional<Error> last_failure;

  void begin_session() {
    in_session = true;
    ++session;
    tasks.spawn(run(shared_from_this(), session));
  }

  /// Ends the session and fails its calls. One that never brought a frame counts as a failed
  /// attempt: a party that refuses our certificate does so after our side of the handshake.
  void end_session(const Error& failure, bool worked) {
    in_session = false;
    if (connection) connection->close(failure.message);
    connection.reset();
    backoff = worked ? std::chrono::milliseconds(0)
                     : std::clamp(backoff * 2, limits.backoff_min, limits.backoff_max);
    next_attempt = after(backoff);
    last_failure = failure;
    for (const auto& [number, call] : std::exchange(calls, {})) call->settle(Unexpected{failure});
  }

  void adopt(std::shared_ptr<Connection> dialled) {
    connection = std::move(dialled);
    connection->in_flight = calls.size();
    connection->watch_idle(limits.idle / 2);
    for (const auto& [number, call] : calls) connection->send({number, std::move(call->request)});
  }

  void forget(std::uint64_t number) {
    calls.erase(number);
    if (!connection) return;
    connection->unsend(number);
    connection->in_flight = calls.size();
  }

  /// However run() ends, its session ends with it.
  struct SessionGuard {
    std::shared_ptr<State> state;
    std::uint64_t number;
    ~SessionGuard() {
      if (state->in_session && state->session == number)
        state->end_session({Error::Code::failed, state->endpoint.text() + ": the link failed"},
                           false);
    }
  };

  static awaitable<void> run(std::shared_ptr<State> self, std::uint64_t number) {
    const SessionGuard guard{self, number};
    auto dialled =
        co_await Connection::dial(self->context, self->endpoint, self->pin, self->limits);
    if (self->session != number || !self->in_session) {
      if (dialled) (*dialled)->close("the link was closed");
      co_return;
    }
    if (!dialled) {
      self->end_session(dialled.error(), false);
      co_return;
    }
    const std::shared_ptr<Connection> connection = *dialled;
    self->adopt(connection);

    bool worked = false;
    for (;;) {
      auto frame = co_await connection->read();
      if (self->connection != connection) co_return;
      if (!frame) {
        self->end_session(frame.error(), worked);
        co_return;
      }
      worked = true;
      const auto found = self->calls.find(frame->call);
      if (found == self->calls.end()) continue;  // too late: its caller has gone
      found->second->settle(std::move(frame->payload));
    }
  }

  static awaitable<Result<Bytes, Error>> call(std::shared_ptr<State> self, Bytes request,
                                              std::chrono::milliseconds timeout);
};

awaitable<Result<Bytes, Error>> PeerLink::State::call(std::shared_ptr<State> self, Bytes request,
                                                      std::chrono::milliseconds timeout) {
  const std::string where = self->endpoint.text();
  const auto unreachable = [&where](const std::string& what) {
    return failed(Error::Code::unreachable, where + ": " + what);
  };
  const Deadline deadline = after(timeout);
  if (request.size() > payload_bytes_max)
    co_return failed(where + ": a request of " + std::to_string(request.size()) +
                     " bytes is longer than a frame allows");
  if (self->calls.size() >= self->limits.calls_in_flight_max)
    co_return unreachable("too many calls wait for its answer");
  if (!self->in_session) {
    if (std::chrono::steady_clock::now() < self->next_attempt && self->last_failure)
      co_return Unexpected{*self->last_failure};
    self->begin_session();
  }

  struct InFlight {  // leaves the table on every way out, cancellation included
    std::shared_ptr<State> state;
    std::uint64_t number;
    ~InFlight() { state->forget(number); }
  };
  const std::uint64_t number = self->next_call++;
  const auto call = std::make_shared<Call>(self->executor, std::move(request));
  self->calls.emplace(number, call);
  const InFlight in_flight{self, number};
  if (self->connection) {
    self->connection->in_flight = self->calls.size();
    self->connection->send({number, std::move(call->request)});
  }

  while (!call->outcome) {
    const bool notified = co_await call->settled.wait_until(deadline);
    if (!notified) break;
  }
  if (!call->outcome)
    co_return unreachable("no answer within " + std::to_string(timeout.count()) +
                          " ms: the party is slow or gone; it may still have acted");
  co_return *std::move(call->outcome);
}

PeerLink::PeerLink(any_io_executor executor, const TlsIdentity& identity, Endpoint endpoint,
                   PublicKey pin, PeerLimits limits)
    : state_(std::make_shared<State>(std::move(executor),
                                     SharedSslContext(peer_client_context(identity, pin)),
                                     std::move(endpoint), pin, limits)) {}
PeerLink::PeerLink(PeerLink&&) noexcept = default;
PeerLink::~PeerLink() {
  if (state_) close();
}

awaitable<Result<Bytes, Error>> PeerLink::call(Bytes request, std::chrono::milliseconds timeout) {
  return State::call(state_, std::move(request), timeout);
}

bool PeerLink::connected() const { return state_->connection && state_->connection->is_open(); }

const Endpoint& PeerLink::endpoint() const { return state_->endpoint; }

void PeerLink::close() {
  state_->tasks.cancel();
  if (state_->in_session)
    state_->end_session(
        {Error::Code::unreachable, state_->endpoint.text() + ": the link was closed"}, true);
}

}  // namespace jointca::transport
