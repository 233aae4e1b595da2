// transport/http.h — HTTP/1.1 for hosts and operators: servers over TLS 1.3 and over a Unix socket,
// and blocking clients for the command line.
//
// Not here: pipelining, chunk extensions, compression, HTTP/2, proxies, redirects.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "base/error.h"
#include "crypto/signing_key.h"
#include "transport/endpoint.h"
#include "transport/identity.h"

namespace jointca::transport {

struct HttpRequest {
  std::string method = "GET";
  std::string target = "/";  ///< path and query as they stood in the request line, not decoded
  std::string body;
  std::string remote;  ///< servers fill it: "192.0.2.1:50123", or "unix:<uid>"; clients ignore it
  /// Clients: the entity tag of what they have, without quotes; sent as If-None-Match. Servers
  /// compare it themselves, and leave it empty here.
  std::string has_tag{};
};

/// What many clients ask for again and again, and mostly have already.
struct HttpDocument {
  std::string text;
  std::string tag;  ///< entity tag, RFC 9110 §8.8.3, without quotes: another for every text
};

struct HttpResponse {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::string body;
  /// Others than Content-Type and what the connection needs. Clients fill it, names in lower case.
  std::vector<std::pair<std::string, std::string>> headers;
  /// Servers: sent instead of `body`, and not copied. A client that has it already gets 304.
  std::shared_ptr<const HttpDocument> document{};
};

/// The bounds of a server. Beyond them it answers 413, 431 or 408, or just closes.
struct HttpLimits {
  std::size_t connections_max = 256;  ///< one more is closed at once
  /// Of them from one IPv4 address or one IPv6 /64: one client does not take the places of all. A
  /// network behind one address shares it. Not for Unix sockets.
  std::size_t connections_per_address_max = 128;
  std::size_t body_bytes_max = 1u << 20;    ///< 413
  std::size_t header_bytes_max = 8u << 10;  ///< request line and fields together: 431
  std::chrono::milliseconds handshake{5'000};
  std::chrono::milliseconds header{10'000};  ///< from accept to the end of the first header
  std::chrono::milliseconds body{30'000};
  std::chrono::milliseconds write{30'000};
  std::chrono::milliseconds idle{30'000};  ///< from an answer to the end of the next header
};

/// Answers one request. One that throws becomes a 500 without details.
using HttpHandler = std::function<boost::asio::awaitable<HttpResponse>(HttpRequest)>;

/// The API of a party. Clients need no certificate; they pin the party's identity key.
class HttpsServer {
 public:
  HttpsServer(boost::asio::any_io_executor executor, const TlsIdentity& identity,
              HttpHandler handler, HttpLimits limits = {});
  HttpsServer(HttpsServer&&) noexcept;
  HttpsServer& operator=(HttpsServer&&) = delete;
  HttpsServer(const HttpsServer&) = delete;
  HttpsServer& operator=(const HttpsServer&) = delete;
  /// Stops. Handlers that still wait for something are cancelled there; what they refer to must
  /// live until the executor has run once more or is destroyed.
  ~HttpsServer();

  Result<Ok, Error> listen(const Endpoint& endpoint);
  /// The port in use; 0 before listen().
  [[nodiscard]] std::uint16_t port() const;
  void stop();

  struct State;

 private:
  std::shared_ptr<State> state_;
};

/// The administrative socket: whoever may open the file may do everything.
class UnixHttpServer {
 public:
  UnixHttpServer(boost::asio::any_io_executor executor, HttpHandler handler,
                 HttpLimits limits = {});
  UnixHttpServer(UnixHttpServer&&) noexcept;
  UnixHttpServer& operator=(UnixHttpServer&&) = delete;
  UnixHttpServer(const UnixHttpServer&) = delete;
  UnixHttpServer& operator=(const UnixHttpServer&) = delete;
  ~UnixHttpServer();  ///< as ~HttpsServer, and removes the socket file

  /// Creates `path` with mode 0600. Replaces a socket that nobody answers on; refuses one that
  /// somebody does, and anything that is no socket.
  Result<Ok, Error> listen(const std::string& path);
  void stop();

  struct State;

 private:
  std::shared_ptr<State> state_;
};

inline constexpr std::size_t response_bytes_max = 64u << 20;

/// One connection to a party for many requests, blocking. Not for the daemon's thread.
class HttpsClient {
 public:
  HttpsClient(Endpoint endpoint, PublicKey pin);
  HttpsClient(HttpsClient&&) noexcept;
  HttpsClient& operator=(HttpsClient&&) noexcept;
  HttpsClient(const HttpsClient&) = delete;
  HttpsClient& operator=(const HttpsClient&) = delete;
  ~HttpsClient();

  /// Any status is a value. Errors: `unreachable` (no connection, or no complete answer in
  /// `timeout`), `verification` (another key than `pin`), `failed` (no HTTP, or too long),
  /// `usage` (a request that cannot be written). A GET is repeated once if a kept connection turns
  /// out to be closed.
  Result<HttpResponse, Error> call(const HttpRequest& request, std::chrono::milliseconds timeout);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// One request over a connection of its own; errors as of HttpsClient::call.
Result<HttpResponse, Error> https_call(const Endpoint& endpoint, const PublicKey& pin,
                                       const HttpRequest& request,
                                       std::chrono::milliseconds timeout);
/// The same to an administrative socket.
Result<HttpResponse, Error> unix_call(const std::string& socket_path, const HttpRequest& request,
                                      std::chrono::milliseconds timeout);

}  // namespace jointca::transport
