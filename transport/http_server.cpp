// transport/http_server.cpp — HTTP over TLS and over a Unix socket, by Beast.
#include <algorithm>
#include <map>
#include <optional>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "transport/acceptor.h"
#include "transport/async.h"
#include "transport/failure.h"
#include "transport/http.h"
#include "transport/tls.h"

namespace jointca::transport {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using local = asio::local::stream_protocol;
using UnixStream = beast::basic_stream<local, any_io_executor>;
using TlsStream = asio::ssl::stream<beast::tcp_stream>;
using TextBody = http::span_body<const char>;

constexpr std::chrono::milliseconds linger{1'000};
constexpr std::size_t linger_bytes_max = std::size_t{4} << 20;

/// What both servers share with their connections.
struct Core {
  Core(const any_io_executor& executor, HttpHandler http_handler, HttpLimits http_limits)
      : handler(std::move(http_handler)), limits(http_limits), tasks(executor) {}

  HttpHandler handler;
  HttpLimits limits;
  Tasks tasks;
  std::size_t connections = 0;

  /// A place among limits.connections_max, given back when it is dropped; null if there is none.
  static std::shared_ptr<void> place(const std::shared_ptr<Core>& self) {
    if (self->connections >= self->limits.connections_max) return nullptr;
    ++self->connections;
    return {self.get(), [self](void*) { --self->connections; }};
  }
};

/// The status that tells a client what was wrong with its request, if it can still be told.
std::optional<http::status> status_of(const error_code& failure) {
  if (failure == http::error::header_limit || failure == http::error::buffer_overflow)
    return http::status::request_header_fields_too_large;
  if (failure == http::error::body_limit) return http::status::payload_too_large;
  if (failure == http::error::partial_message || failure == http::error::end_of_stream)
    return std::nullopt;
  if (failure.category() == http::make_error_code(http::error::bad_version).category())
    return http::status::bad_request;
  return std::nullopt;
}

HttpResponse error_response(http::status status) {
  const std::string reason(http::obsolete_reason(status));
  HttpResponse response;
  response.status = static_cast<unsigned>(status);
  response.body = R"({"error":{"code":")" + std::to_string(response.status) + R"(","message":")" +
                  reason + "\"}}\n";
  return response;
}

bool is_field_text(const std::string& text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; });
}

/// Whether a client that sent this If-None-Match has what the tag stands for: RFC 9110 §13.1.2.
bool has_already(const std::string& if_none_match, const std::string& tag) {
  return if_none_match == "*" || if_none_match.find('"' + tag + '"') != std::string::npos;
}

/// Refers to the text of `response`.
http::response<TextBody> assemble(const HttpResponse& response, bool is_head, bool keep_alive) {
  const bool sane = response.status >= 200 && response.status <= 599;
  http::response<TextBody> out(http::int_to_status(sane ? response.status : 500), 11);
  if (sane) out.result(response.status);
  if (is_field_text(response.content_type))
    out.set(http::field::content_type, response.content_type);
  for (const auto& [name, value] : response.headers)
    if (is_field_text(name) && is_field_text(value)) out.insert(name, value);
  out.keep_alive(keep_alive);
  const bool has_no_body = response.status == 204 || response.status == 304;
  if (response.document) out.set(http::field::etag, '"' + response.document->tag + '"');
  const std::string& text = response.document ? response.document->text : response.body;
  if (!has_no_body) out.content_length(text.size());
  if (!is_head && !has_no_body) out.body() = {text.data(), text.size()};
  return out;
}

template <class Stream>
awaitable<bool> write(Stream& stream, const http::response<TextBody>& response,
                      std::chrono::milliseconds deadline) {
  beast::get_lowest_layer(stream).expires_after(deadline);
  http::response_serializer<TextBody> serializer(response);
  error_code failure;
  co_await http::async_write(stream, serializer,
                             asio::redirect_error(asio::use_awaitable, failure));
  co_return !failure;
}

/// Lets a client that is still sending read our answer, before the close resets the connection.
template <class Stream>
awaitable<void> part(Stream& stream) {
  auto& lowest = beast::get_lowest_layer(stream);
  error_code failure;
  lowest.socket().shutdown(asio::socket_base::shutdown_send, failure);
  lowest.expires_after(linger);
  std::array<char, 4096> dropped{};
  for (std::size_t total = 0; !failure && total < linger_bytes_max;)
    total += co_await lowest.async_read_some(asio::buffer(dropped),
                                             asio::redirect_error(asio::use_awaitable, failure));
  lowest.close();
}

/// The handler's answer; 500 if it throws, whatever it throws.
awaitable<HttpResponse> answer(const Core& core, HttpRequest request) {
  std::optional<HttpResponse> response;
  try {
    response = co_await core.handler(std::move(request));
  } catch (...) {  // its text is for our log, not for the client
    response = error_response(http::status::internal_server_error);
  }
  co_return *std::move(response);
}

/// Requests and answers until the client closes, errs or is silent for too long.
template <class Stream>
awaitable<void> converse(Stream& stream, const Core& core, std::string remote) {
  auto& lowest = beast::get_lowest_layer(stream);
  beast::flat_buffer buffer(core.limits.header_bytes_max + (std::size_t{64} << 10));
  auto patience = core.limits.header;
  for (bool keep_alive = true; keep_alive; patience = core.limits.idle) {
    error_code failure;
    auto token = asio::redirect_error(asio::use_awaitable, failure);
    http::request_parser<http::string_body> parser;
    parser.header_limit(static_cast<std::uint32_t>(core.limits.header_bytes_max));
    parser.body_limit(core.limits.body_bytes_max);

    lowest.expires_after(patience);
    co_await http::async_read_header(stream, buffer, parser, token);
    if (!failure && parser.get()[http::field::expect] == "100-continue") {
      const http::response<TextBody> proceed(http::status::continue_, 11);
      const bool told = co_await write(stream, proceed, core.limits.write);
      if (!told) co_return;
    }
    if (!failure) {
      lowest.expires_after(core.limits.body);
      co_await http::async_read(stream, buffer, parser, token);
    }
    if (failure) {
      const auto status = status_of(failure);
      if (!status) co_return;
      const HttpResponse refusal = error_response(*status);
      const auto reply = assemble(refusal, false, false);
      const bool told = co_await write(stream, reply, core.limits.write);
      if (told) co_await part(stream);
      co_return;
    }

    http::request<http::string_body> message = parser.release();
    keep_alive = message.keep_alive();
    const bool is_head = message.method() == http::verb::head;
    const bool reads = is_head || message.method() == http::verb::get;
    const std::string if_none_match(message[http::field::if_none_match]);
    HttpRequest request{std::string(message.method_string()), std::string(message.target()),
                        std::move(message.body()), remote};
    HttpResponse response = co_await answer(core, std::move(request));
    if (reads && response.status == 200 && response.document &&
        has_already(if_none_match, response.document->tag))
      response.status = 304;
    const auto reply = assemble(response, is_head, keep_alive);
    const bool told = co_await write(stream, reply, core.limits.write);
    if (!told) co_return;
  }
  co_await part(stream);
}

awaitable<void> serve_tls(std::shared_ptr<Core> core, std::shared_ptr<ssl_ctx_st> context,
                          tcp::socket socket, [[maybe_unused]] std::shared_ptr<void> place) {
  SSL_CTX_up_ref(context.get());
  asio::ssl::context borrowed(context.get());  // frees the reference
  error_code failure;
  const tcp::endpoint from = socket.remote_endpoint(failure);
  tune(socket);
  TlsStream stream(beast::tcp_stream(std::move(socket)), borrowed);
  stream.next_layer().expires_after(core->limits.handshake);
  co_await stream.async_handshake(asio::ssl::stream_base::server,
                                  asio::redirect_error(asio::use_awaitable, failure));
  if (failure) co_return;
  // Named, because GCC 12 destroys some temporaries of a co_await expression twice.
  const Endpoint remote{from.address().to_string(), from.port()};
  co_await converse(stream, *core, remote.text());
}

awaitable<void> serve_unix(std::shared_ptr<Core> core, local::socket socket,
                           [[maybe_unused]] std::shared_ptr<void> place) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  const bool known =
      getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0;
  UnixStream stream(std::move(socket));
  std::string remote = "unix:" + (known ? std::to_string(credentials.uid) : "unknown");
  co_await converse(stream, *core, std::move(remote));
}

/// What one client has to itself: an IPv4 address, or an IPv6 network of 64 bits.
asio::ip::address client_of(const tcp::socket& socket) {
  error_code gone;
  const asio::ip::address address = socket.remote_endpoint(gone).address();
  if (address.is_v4()) return address;
  if (address.to_v6().is_v4_mapped())
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  auto bytes = address.to_v6().to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
  return asio::ip::address_v6(bytes);
}

/// A socket address for `path`, if it is short enough to have one.
Result<local::endpoint, Error> unix_address(const std::string& path) {
  if (path.empty() || path.size() >= sizeof(sockaddr_un::sun_path))
    return failed(Error::Code::usage, "the socket path " + path + " must have 1 to 107 bytes: " +
                                          "choose a shorter directory");
  return local::endpoint(path);
}

/// Removes the socket that a killed daemon left behind. Whatever else is there stays.
Result<Ok, Error> remove_stale(const any_io_executor& executor, const local::endpoint& address) {
  const std::string path = address.path();
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) return Ok{};
  if (!S_ISSOCK(status.st_mode))
    return failed("cannot listen on " + path + ": a file that is no socket is in the way");
  local::socket probe(executor);
  error_code failure;
  probe.open(local(), failure);
  if (!failure) probe.non_blocking(true, failure);
  if (!failure) probe.connect(address, failure);
  if (failure != asio::error::connection_refused)
    return failed("cannot listen on " + path + ": another `jointca serve` answers there");
  if (unlink(path.c_str()) != 0)
    return failed("cannot listen on " + path + ": the old socket cannot be removed");
  return Ok{};
}

}  // namespace

struct HttpsServer::State : Core {
  State(const any_io_executor& server_executor, SslContext ssl_context, HttpHandler http_handler,
        HttpLimits http_limits)
      : Core(server_executor, std::move(http_handler), http_limits),
        executor(server_executor),
        context(std::move(ssl_context)) {}

  any_io_executor executor;
  std::shared_ptr<ssl_ctx_st> context;
  std::shared_ptr<tcp::acceptor> acceptor;
  std::map<asio::ip::address, std::size_t> by_client;

  /// A place among all and among those of this client; null if either is full.
  static std::shared_ptr<void> place_for(const std::shared_ptr<State>& self,
                                         const asio::ip::address& client) {
    const auto found = self->by_client.find(client);
    const std::size_t taken = found == self->by_client.end() ? 0 : found->second;
    if (taken >= self->limits.connections_per_address_max) return nullptr;
    auto among_all = place(self);
    if (!among_all) return nullptr;
    ++self->by_client[client];
    return {self.get(), [self, client, among_all](void*) {
              const auto mine = self->by_client.find(client);
              if (--mine->second == 0) self->by_client.erase(mine);
            }};
  }

  static awaitable<void> accept(std::shared_ptr<State> self,
                                std::shared_ptr<tcp::acceptor> listening) {
    while (auto socket = co_await next_socket(*listening))
      if (auto free_place = place_for(self, client_of(*socket)))
        self->tasks.spawn(
            serve_tls(self, self->context, *std::move(socket), std::move(free_place)));
  }
};

HttpsServer::HttpsServer(any_io_executor executor, const TlsIdentity& identity, HttpHandler handler,
                         HttpLimits limits)
    : state_(std::make_shared<State>(executor, https_server_context(identity), std::move(handler),
                                     limits)) {}
HttpsServer::HttpsServer(HttpsServer&&) noexcept = default;
HttpsServer::~HttpsServer() {
  if (state_) stop();
}

Result<Ok, Error> HttpsServer::listen(const Endpoint& endpoint) {
  JCA_ASSIGN(tcp::acceptor acceptor, open_acceptor(state_->executor, endpoint));
  stop();
  state_->acceptor = std::make_shared<tcp::acceptor>(std::move(acceptor));
  state_->tasks.spawn(State::accept(state_, state_->acceptor));
  return Ok{};
}

std::uint16_t HttpsServer::port() const {
  error_code closed;
  return state_->acceptor ? state_->acceptor->local_endpoint(closed).port() : std::uint16_t{0};
}

void HttpsServer::stop() {
  error_code ignored;
  if (state_->acceptor) state_->acceptor->close(ignored);
  state_->acceptor.reset();
  state_->tasks.cancel();
}

struct UnixHttpServer::State : Core {
  State(const any_io_executor& server_executor, HttpHandler http_handler, HttpLimits http_limits)
      : Core(server_executor, std::move(http_handler), http_limits), executor(server_executor) {}

  any_io_executor executor;
  std::shared_ptr<local::acceptor> acceptor;
  std::string path;

  static awaitable<void> accept(std::shared_ptr<State> self,
                                std::shared_ptr<local::acceptor> listening) {
    while (auto socket = co_await next_socket(*listening))
      if (auto free_place = place(self))
        self->tasks.spawn(serve_unix(self, *std::move(socket), std::move(free_place)));
  }
};

UnixHttpServer::UnixHttpServer(any_io_executor executor, HttpHandler handler, HttpLimits limits)
    : state_(std::make_shared<State>(executor, std::move(handler), limits)) {}
UnixHttpServer::UnixHttpServer(UnixHttpServer&&) noexcept = default;
UnixHttpServer::~UnixHttpServer() {
  if (state_) stop();
}

Result<Ok, Error> UnixHttpServer::listen(const std::string& path) {
  JCA_ASSIGN(const local::endpoint address, unix_address(path));
  stop();
  JCA_TRY(remove_stale(state_->executor, address));
  const auto acceptor = std::make_shared<local::acceptor>(state_->executor);
  error_code failure;
  acceptor->open(local(), failure);
  // Before bind(), so that the file never has another mode (Linux takes it from the socket).
  if (!failure && fchmod(acceptor->native_handle(), S_IRUSR | S_IWUSR) != 0)
    failure = error_code(errno, boost::system::system_category());
  if (!failure) acceptor->bind(address, failure);
  if (!failure) acceptor->listen(asio::socket_base::max_listen_connections, failure);
  if (failure) return Unexpected{cannot_listen(path, failure)};
  state_->acceptor = acceptor;
  state_->path = path;
  state_->tasks.spawn(State::accept(state_, acceptor));
  return Ok{};
}

void UnixHttpServer::stop() {
  if (state_->acceptor) {
    error_code ignored;
    state_->acceptor->close(ignored);
    state_->acceptor.reset();
    unlink(state_->path.c_str());
  }
  state_->tasks.cancel();
}

}  // namespace jointca::transport
