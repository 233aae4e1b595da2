// transport/http_client.cpp — blocking HTTP with deadlines that hold.
//
// Each connection runs its own io_context, and only until the deadline: then it is thrown away with
// whatever it was waiting for.
#include <algorithm>
#include <future>
#include <optional>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include "transport/async.h"
#include "transport/failure.h"
#include "transport/http.h"
#include "transport/tls.h"

namespace jointca::transport {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using local = asio::local::stream_protocol;
using TlsStream = asio::ssl::stream<tcp::socket>;
using Addresses = std::vector<tcp::endpoint>;

constexpr std::size_t method_bytes_max = 16;
constexpr std::size_t target_bytes_max = 4096;
constexpr std::size_t tag_bytes_max = 128;
constexpr std::uint32_t response_header_bytes_max = 64 << 10;
/// Shorter than a server's patience (HttpLimits::idle), so that it does not hang up first.
constexpr std::chrono::seconds kept_idle_max{10};

Result<Ok, Error> check(const std::string& where, const HttpRequest& request) {
  const auto all = [](const std::string& text, char low, char high) {
    return std::all_of(text.begin(), text.end(), [=](char c) { return c >= low && c <= high; });
  };
  if (request.method.empty() || request.method.size() > method_bytes_max ||
      !all(request.method, 'A', 'Z'))
    return failed(Error::Code::usage, where + ": not an HTTP method: " + request.method);
  if (!request.target.starts_with('/') || request.target.size() > target_bytes_max ||
      !all(request.target, '!', '~'))
    return failed(Error::Code::usage, where + ": not a path of HTTP: " + request.target);
  if (request.has_tag.size() > tag_bytes_max || !all(request.has_tag, '#', '~'))
    return failed(Error::Code::usage, where + ": not an entity tag: " + request.has_tag);
  return Ok{};
}

/// The addresses of `endpoint`. A name is looked up on a thread of its own, left behind at the
/// deadline, because getaddrinfo() cannot be interrupted.
Result<Addresses, Error> resolve(const Endpoint& endpoint, Deadline deadline) {
  error_code is_name;
  const auto address = asio::ip::make_address(endpoint.host, is_name);
  if (!is_name) return Addresses{tcp::endpoint(address, endpoint.port)};

  struct Lookup {
    Addresses found;
    error_code failure;
  };
  auto promise = std::make_shared<std::promise<Lookup>>();
  auto future = promise->get_future();
  std::thread([promise, endpoint] {
    Lookup lookup;
    asio::io_context context;
    tcp::resolver resolver(context);
    for (const auto& entry :
         resolver.resolve(endpoint.host, std::to_string(endpoint.port), lookup.failure))
      lookup.found.push_back(entry.endpoint());
    promise->set_value(std::move(lookup));
  }).detach();
  if (future.wait_until(deadline) != std::future_status::ready)
    return Unexpected{unreachable(endpoint.text(), "the host name does not resolve in time")};
  Lookup lookup = future.get();
  if (lookup.failure) return Unexpected{unreachable(endpoint.text(), lookup.failure)};
  return std::move(lookup.found);
}

/// Runs `work` on `context` for no longer than to `deadline`. What it awaits is then abandoned, and
/// the context good for nothing but destruction.
template <class T>
Result<T, Error> run_until(asio::io_context& context, Deadline deadline, const std::string& where,
                           awaitable<Result<T, Error>> work) {
  struct Run {
    static awaitable<void> store(std::shared_ptr<std::optional<Result<T, Error>>> out,
                                 awaitable<Result<T, Error>> inner) {
      out->emplace(co_await std::move(inner));
    }
  };
  const auto outcome = std::make_shared<std::optional<Result<T, Error>>>();
  context.restart();
  asio::co_spawn(context, Run::store(outcome, std::move(work)), asio::detached);
  context.run_until(deadline);
  if (!*outcome) return Unexpected{unreachable(where, error_code(asio::error::timed_out))};
  return *std::move(*outcome);
}

HttpResponse to_response(http::response<http::string_body> message) {
  HttpResponse out;
  out.status = message.result_int();
  out.content_type = std::string(message[http::field::content_type]);
  for (const auto& field : message) {
    switch (field.name()) {
      case http::field::content_type:
      case http::field::content_length:
      case http::field::connection:
      case http::field::transfer_encoding:
        continue;
      default:
        break;
    }
    std::string name(field.name_string());
    for (char& c : name)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    out.headers.emplace_back(std::move(name), std::string(field.value()));
  }
  out.body = std::move(message.body());
  return out;
}

Error not_http(const std::string& where, const error_code& failure) {
  if (failure == http::error::body_limit || failure == http::error::header_limit)
    return {Error::Code::failed, where + ": its answer is too long"};
  const auto& category = http::make_error_code(http::error::bad_version).category();
  if (failure.category() == category && failure != http::error::end_of_stream &&
      failure != http::error::partial_message)
    return {Error::Code::failed,
            where + ": it does not answer in HTTP (" + failure.message() + "): is the port right?"};
  if (failure.category() == category) return unreachable(where, error_code(asio::error::eof));
  return unreachable(where, failure);
}

/// A stream with what was read ahead of it.
template <class Stream>
struct Wire {
  template <class... Arguments>
  explicit Wire(Arguments&&... arguments) : stream(std::forward<Arguments>(arguments)...) {}
  Stream stream;
  boost::beast::flat_buffer buffer;
  bool reusable = false;
};

/// One request and its answer. Shares the wire, because the caller may give up first.
template <class Stream>
awaitable<Result<HttpResponse, Error>> exchange(std::shared_ptr<Wire<Stream>> wire,
                                                HttpRequest request, std::string where,
                                                bool keep_alive) {
  wire->reusable = false;
  http::request<http::string_body> message(http::string_to_verb(request.method), request.target,
                                           11);
  message.method_string(request.method);
  message.set(http::field::host, where.starts_with('/') ? "jointca" : where);
  if (!request.body.empty()) message.set(http::field::content_type, "application/json");
  if (!request.has_tag.empty())
    message.set(http::field::if_none_match, '"' + request.has_tag + '"');
  message.keep_alive(keep_alive);
  message.body() = std::move(request.body);
  message.prepare_payload();

  error_code write_failure;
  co_await http::async_write(wire->stream, message,
                             asio::redirect_error(asio::use_awaitable, write_failure));
  // A server that refuses a request answers before it has read all of it: look even so.
  http::response_parser<http::string_body> parser;
  parser.header_limit(response_header_bytes_max);
  parser.body_limit(response_bytes_max);
  parser.skip(request.method == "HEAD");
  error_code failure;
  co_await http::async_read(wire->stream, wire->buffer, parser,
                            asio::redirect_error(asio::use_awaitable, failure));
  if (failure) co_return Unexpected{not_http(where, write_failure ? write_failure : failure)};
  wire->reusable = !write_failure && parser.keep_alive();
  co_return to_response(parser.release());
}

awaitable<Result<Ok, Error>> connect_tls(std::shared_ptr<Wire<TlsStream>> wire, Addresses addresses,
                                         std::string where, PublicKey pin) {
  error_code failure;
  auto token = asio::redirect_error(asio::use_awaitable, failure);
  co_await asio::async_connect(wire->stream.next_layer(), addresses, token);
  if (failure) co_return Unexpected{unreachable(where, failure)};
  wire->stream.next_layer().set_option(tcp::no_delay(true), failure);
  co_await wire->stream.async_handshake(asio::ssl::stream_base::client, token);
  if (failure && refused_key(wire->stream.native_handle()))
    co_return Unexpected{wrong_key(where, pin)};
  if (failure) co_return Unexpected{unreachable(where, failure)};
  co_return Ok{};
}

awaitable<Result<HttpResponse, Error>> call_unix(std::shared_ptr<Wire<local::socket>> wire,
                                                 HttpRequest request, std::string path) {
  error_code failure;
  co_await wire->stream.async_connect(local::endpoint(path),
                                      asio::redirect_error(asio::use_awaitable, failure));
  if (failure) co_return Unexpected{unreachable(path, failure)};
  co_return co_await exchange(wire, std::move(request), path, false);
}

}  // namespace

struct HttpsClient::State {
  State(Endpoint party, PublicKey pinned)
      : endpoint(std::move(party)), pin(pinned), tls(https_client_context(pinned).release()) {}

  Endpoint endpoint;
  PublicKey pin;
  asio::ssl::context tls;  // owns the SSL_CTX
  std::unique_ptr<asio::io_context> context;
  std::shared_ptr<Wire<TlsStream>> wire;
  Deadline last_used{};

  void hang_up() {
    wire.reset();
    context.reset();  // destroys the coroutine that may still hold the wire
  }

  [[nodiscard]] bool is_kept() const {
    return wire && wire->reusable && std::chrono::steady_clock::now() < last_used + kept_idle_max;
  }

  Result<Ok, Error> connect(Deadline deadline) {
    hang_up();
    JCA_ASSIGN(Addresses addresses, resolve(endpoint, deadline));
    context = std::make_unique<asio::io_context>(1);
    wire = std::make_shared<Wire<TlsStream>>(*context, tls);
    return run_until(*context, deadline, endpoint.text(),
                     connect_tls(wire, std::move(addresses), endpoint.text(), pin));
  }

  Result<HttpResponse, Error> request(const HttpRequest& request, Deadline deadline) {
    auto response = run_until(*context, deadline, endpoint.text(),
                              exchange(wire, request, endpoint.text(), true));
    last_used = std::chrono::steady_clock::now();
    if (!response || !wire->reusable) hang_up();
    return response;
  }
};

HttpsClient::HttpsClient(Endpoint endpoint, PublicKey pin)
    : state_(std::make_unique<State>(std::move(endpoint), pin)) {}
HttpsClient::HttpsClient(HttpsClient&&) noexcept = default;
HttpsClient& HttpsClient::operator=(HttpsClient&&) noexcept = default;
HttpsClient::~HttpsClient() = default;

Result<HttpResponse, Error> HttpsClient::call(const HttpRequest& request,
                                              std::chrono::milliseconds timeout) {
  JCA_TRY(check(state_->endpoint.text(), request));
  const Deadline deadline = after(timeout);
  if (state_->is_kept()) {
    auto response = state_->request(request, deadline);
    const bool closed_meanwhile =
        !response && response.error().code == Error::Code::unreachable && request.method == "GET";
    if (!closed_meanwhile || std::chrono::steady_clock::now() >= deadline) return response;
  }
  if (auto connected = state_->connect(deadline); !connected) {
    state_->hang_up();
    return Unexpected{connected.error()};
  }
  return state_->request(request, deadline);
}

Result<HttpResponse, Error> https_call(const Endpoint& endpoint, const PublicKey& pin,
                                       const HttpRequest& request,
                                       std::chrono::milliseconds timeout) {
  return HttpsClient(endpoint, pin).call(request, timeout);
}

Result<HttpResponse, Error> unix_call(const std::string& socket_path, const HttpRequest& request,
                                      std::chrono::milliseconds timeout) {
  JCA_TRY(check(socket_path, request));
  if (socket_path.empty() || socket_path.size() > 107)
    return failed(Error::Code::usage, "the socket path " + socket_path +
                                          " must have 1 to 107 bytes: choose a shorter directory");
  asio::io_context context(1);
  auto wire = std::make_shared<Wire<local::socket>>(context);
  return run_until(context, after(timeout), socket_path,
                   call_unix(std::move(wire), request, socket_path));
}

}  // namespace jointca::transport
