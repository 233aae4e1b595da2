// transport/connection.cpp — frames over Asio's TLS stream.
#include "transport/connection.h"

#include <array>
#include <deque>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "transport/acceptor.h"
#include "transport/failure.h"
#include "transport/frame.h"
#include "transport/tls.h"

namespace jointca::transport {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// Asio's view of a context that we share: it frees what it is given, so it gets a reference.
asio::ssl::context borrowed(const SharedSslContext& context) {
  SSL_CTX_up_ref(context.get());
  return asio::ssl::context(context.get());
}

class TlsConnection final : public Connection {
 public:
  TlsConnection(tcp::socket socket, const SharedSslContext& context, std::string where,
                PeerLimits limits)
      : context_(borrowed(context)),
        stream_(std::move(socket), context_),
        read_timer_(stream_.get_executor()),
        write_timer_(stream_.get_executor()),
        idle_timer_(stream_.get_executor()),
        written_(stream_.get_executor()),
        where_(std::move(where)),
        limits_(limits) {}

  /// Connects the socket and shakes hands as a client.
  awaitable<Result<Ok, Error>> establish(Endpoint endpoint, PublicKey pin);

  awaitable<Result<PublicKey, Error>> handshake() override;
  awaitable<Result<Frame, Error>> read() override;
  void send(Frame frame) override;
  void unsend(std::uint64_t call) override;
  [[nodiscard]] std::size_t queued() const override { return outbox_.size() + (writing_ ? 1 : 0); }
  Event& written() override { return written_; }
  void watch_idle(std::chrono::milliseconds idle) override;
  void close(const std::string& reason) override;
  [[nodiscard]] bool is_open() const override { return close_reason_.empty(); }

 private:
  [[nodiscard]] std::shared_ptr<TlsConnection> self() {
    return std::static_pointer_cast<TlsConnection>(shared_from_this());
  }
  /// Closes for `reason` unless the timer is cancelled or set anew before.
  void arm(asio::steady_timer& timer, std::chrono::milliseconds duration, const char* reason);
  [[nodiscard]] Error error(const error_code& failure) const;
  static awaitable<void> drain(std::shared_ptr<TlsConnection> self);

  asio::ssl::context context_;
  asio::ssl::stream<tcp::socket> stream_;
  asio::steady_timer read_timer_;
  asio::steady_timer write_timer_;
  asio::steady_timer idle_timer_;
  Event written_;
  std::string where_;
  PeerLimits limits_;
  std::deque<Frame> outbox_;
  bool writing_ = false;
  Deadline last_frame_ = std::chrono::steady_clock::now();
  std::string close_reason_;
};

void TlsConnection::arm(asio::steady_timer& timer, std::chrono::milliseconds duration,
                        const char* reason) {
  timer.expires_after(duration);
  timer.async_wait([weak = weak_from_this(), reason](const error_code& cancelled) {
    const auto connection = weak.lock();
    if (!cancelled && connection) connection->close(reason);
  });
}

Error TlsConnection::error(const error_code& failure) const {
  if (!close_reason_.empty()) return unreachable(where_, close_reason_);
  return unreachable(where_, failure);
}

awaitable<Result<Ok, Error>> TlsConnection::establish(Endpoint endpoint, PublicKey pin) {
  arm(read_timer_, limits_.connect,
      "no answer in time: is the address right, and does a firewall let it through?");
  error_code failure;
  auto token = asio::redirect_error(asio::use_awaitable, failure);

  std::vector<tcp::endpoint> addresses;
  const auto address = asio::ip::make_address(endpoint.host, failure);
  if (!failure) {
    addresses.emplace_back(address, endpoint.port);
  } else {
    tcp::resolver resolver(stream_.get_executor());
    const auto found =
        co_await resolver.async_resolve(endpoint.host, std::to_string(endpoint.port), token);
    if (failure || !is_open()) co_return Unexpected{error(failure)};
    for (const auto& entry : found) addresses.push_back(entry.endpoint());
  }

  co_await asio::async_connect(stream_.next_layer(), addresses, token);
  if (failure || !is_open()) co_return Unexpected{error(failure)};
  tune(stream_.next_layer());
  co_await stream_.async_handshake(asio::ssl::stream_base::client, token);
  if (failure && refused_key(stream_.native_handle())) co_return Unexpected{wrong_key(where_, pin)};
  if (failure || !is_open()) co_return Unexpected{error(failure)};
  if (!speaks_frames(stream_.native_handle()))
    co_return Unexpected{
        unreachable(where_, "it does not speak to parties: is this its API port?")};
  read_timer_.cancel();
  co_return Ok{};
}

awaitable<Result<PublicKey, Error>> TlsConnection::handshake() {
  arm(read_timer_, limits_.handshake, "the TLS handshake took too long");
  error_code failure;
  co_await stream_.async_handshake(asio::ssl::stream_base::server,
                                   asio::redirect_error(asio::use_awaitable, failure));
  if (failure || !is_open()) co_return Unexpected{error(failure)};
  const auto key = peer_key(stream_.native_handle());
  if (!key || !speaks_frames(stream_.native_handle()))
    co_return Unexpected{unreachable(where_, "it does not speak to parties")};
  read_timer_.cancel();
  tune(stream_.next_layer());
  co_return *key;
}

awaitable<Result<Frame, Error>> TlsConnection::read() {
  error_code failure;
  auto token = asio::redirect_error(asio::use_awaitable, failure);
  std::array<std::uint8_t, frame_header_bytes> raw{};
  // The first byte may take as long as it likes, the rest of the frame may not.
  co_await asio::async_read(stream_, asio::buffer(raw.data(), 1), token);
  if (failure || !is_open()) co_return Unexpected{error(failure)};
  arm(read_timer_, limits_.transfer, "it sent half a frame and stopped");
  co_await asio::async_read(stream_, asio::buffer(raw.data() + 1, raw.size() - 1), token);
  if (failure || !is_open()) co_return Unexpected{error(failure)};

  const auto header = parse_frame_header(raw);
  if (!header) {
    close("it sent what is no frame (" + header.error().text() + ")");
    co_return Unexpected{error({})};
  }
  if (header->payload_bytes > limits_.payload_max) {
    close("it sent a longer message than is taken here");
    co_return Unexpected{error({})};
  }
  Frame frame{header->call, Bytes(header->payload_bytes)};
  co_await asio::async_read(stream_, asio::buffer(frame.payload), token);
  if (failure || !is_open()) co_return Unexpected{error(failure)};
  read_timer_.cancel();
  last_frame_ = std::chrono::steady_clock::now();
  co_return frame;
}

void TlsConnection::send(Frame frame) {
  JCA_ASSERT(frame.payload.size() <= payload_bytes_max);
  if (!is_open()) return;
  last_frame_ = std::chrono::steady_clock::now();
  outbox_.push_back(std::move(frame));
  if (writing_) return;
  writing_ = true;
  asio::co_spawn(stream_.get_executor(), drain(self()), asio::detached);
}

void TlsConnection::unsend(std::uint64_t call) {
  std::erase_if(outbox_, [call](const Frame& frame) { return frame.call == call; });
}

awaitable<void> TlsConnection::drain(std::shared_ptr<TlsConnection> self) {
  while (self->is_open() && !self->outbox_.empty()) {
    const Frame frame = std::move(self->outbox_.front());
    self->outbox_.pop_front();
    const Bytes header =
        encode(FrameHeader{static_cast<std::uint32_t>(frame.payload.size()), frame.call});
    const std::array<asio::const_buffer, 2> buffers{asio::buffer(header),
                                                    asio::buffer(frame.payload)};
    self->arm(self->write_timer_, self->limits_.transfer, "it does not read what we send");
    error_code failure;
    co_await asio::async_write(self->stream_, buffers,
                               asio::redirect_error(asio::use_awaitable, failure));
    self->write_timer_.cancel();
    if (failure) self->close(self->error(failure).message);
    self->written_.notify();
  }
  self->writing_ = false;
}

void TlsConnection::watch_idle(std::chrono::milliseconds idle) {
  const bool busy = in_flight > 0 || queued() > 0;
  const Deadline deadline = (busy ? std::chrono::steady_clock::now() : last_frame_) + idle;
  idle_timer_.expires_at(deadline);
  idle_timer_.async_wait([weak = weak_from_this(), idle](const error_code& cancelled) {
    const auto connection = std::static_pointer_cast<TlsConnection>(weak.lock());
    if (cancelled || !connection || !connection->is_open()) return;
    const bool silent = connection->in_flight == 0 && connection->queued() == 0 &&
                        connection->last_frame_ + idle <= std::chrono::steady_clock::now();
    if (silent) {
      connection->close("the connection was idle");
    } else {
      connection->watch_idle(idle);
    }
  });
}

void TlsConnection::close(const std::string& reason) {
  if (!is_open()) return;
  close_reason_ = reason;
  error_code ignored;
  stream_.next_layer().close(ignored);
  read_timer_.cancel();
  write_timer_.cancel();
  idle_timer_.cancel();
  outbox_.clear();
  written_.notify();
}

class TlsListener final : public Listener {
 public:
  TlsListener(tcp::acceptor acceptor, SharedSslContext context, PeerLimits limits)
      : acceptor_(std::move(acceptor)),
        port_(acceptor_.local_endpoint().port()),
        context_(std::move(context)),
        limits_(limits) {}

  awaitable<std::shared_ptr<Connection>> accept() override {
    auto socket = co_await next_socket(acceptor_);
    if (!socket) co_return nullptr;
    error_code gone;
    const tcp::endpoint remote = socket->remote_endpoint(gone);
    const std::string where = Endpoint{remote.address().to_string(), remote.port()}.text();
    co_return std::make_shared<TlsConnection>(*std::move(socket), context_, where, limits_);
  }
  [[nodiscard]] std::uint16_t port() const override { return port_; }
  void close() override {
    error_code ignored;
    acceptor_.close(ignored);
  }

 private:
  tcp::acceptor acceptor_;
  std::uint16_t port_;
  SharedSslContext context_;
  PeerLimits limits_;
};

}  // namespace

awaitable<Result<std::shared_ptr<Connection>, Error>> Connection::dial(SharedSslContext context,
                                                                       Endpoint endpoint,
                                                                       PublicKey pin,
                                                                       PeerLimits limits) {
  tcp::socket socket(co_await asio::this_coro::executor);
  const auto connection =
      std::make_shared<TlsConnection>(std::move(socket), context, endpoint.text(), limits);
  const auto established = co_await connection->establish(endpoint, pin);
  if (!established) {
    connection->close("not connected");
    co_return Unexpected{established.error()};
  }
  co_return std::static_pointer_cast<Connection>(connection);
}

Result<std::shared_ptr<Listener>, Error> Listener::open(any_io_executor executor,
                                                        SharedSslContext context,
                                                        const Endpoint& endpoint,
                                                        PeerLimits limits) {
  JCA_ASSIGN(tcp::acceptor acceptor, open_acceptor(std::move(executor), endpoint));
  return std::static_pointer_cast<Listener>(
      std::make_shared<TlsListener>(std::move(acceptor), std::move(context), limits));
}

}  // namespace jointca::transport
