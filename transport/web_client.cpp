// transport/web_client.cpp — one connection for one request.
#include "transport/web_client.h"

#include <algorithm>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include "transport/failure.h"

namespace jointca::transport {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using TlsStream = asio::ssl::stream<beast::tcp_stream>;

constexpr std::size_t path_bytes_max = 1024;
constexpr std::uint32_t header_bytes_max = 16 << 10;
constexpr std::string_view plain_scheme = "http://", tls_scheme = "https://";

constexpr std::uint16_t port_of(bool tls) { return tls ? 443 : 80; }

std::string authority_of(const WebUrl& url) {
  if (url.endpoint.port != port_of(url.tls)) return url.endpoint.text();
  const bool is_ipv6 = url.endpoint.host.find(':') != std::string::npos;
  return is_ipv6 ? "[" + url.endpoint.host + "]" : url.endpoint.host;
}

/// A port after the host, or after the brackets of an IPv6 address.
bool has_port(std::string_view authority) {
  const auto colon = authority.rfind(':');
  return colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos;
}

Error not_http(const std::string& where, const error_code& failure) {
  if (failure == http::error::body_limit || failure == http::error::header_limit)
    return {Error::Code::failed, where + ": its answer is too long"};
  if (failure == http::error::end_of_stream || failure == http::error::partial_message)
    return unreachable(where, error_code(asio::error::eof));
  if (failure.category() == http::make_error_code(http::error::bad_version).category())
    return {Error::Code::failed, where + ": it does not answer in HTTP: " + failure.message()};
  return unreachable(where, failure);
}

template <class Stream>
awaitable<Result<HttpResponse, Error>> exchange(Stream& stream, const WebUrl& url, std::string body,
                                                std::size_t body_bytes_max) {
  http::request<http::string_body> message(http::verb::post, url.path.empty() ? "/" : url.path, 11);
  message.set(http::field::host, authority_of(url));
  message.set(http::field::user_agent, "jointca");
  message.set(http::field::content_type, "text/plain; charset=utf-8");
  message.keep_alive(false);
  message.body() = std::move(body);
  message.prepare_payload();
  error_code unsent;
  co_await http::async_write(stream, message, asio::redirect_error(asio::use_awaitable, unsent));

  // A server that refuses a request answers before it has read all of it: look even so.
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.header_limit(header_bytes_max);
  parser.body_limit(body_bytes_max);
  error_code failure;
  co_await http::async_read(stream, buffer, parser,
                            asio::redirect_error(asio::use_awaitable, failure));
  if (failure) co_return Unexpected{not_http(url.text(), unsent ? unsent : failure)};
  http::response<http::string_body> answer = parser.release();
  HttpResponse response;
  response.status = answer.result_int();
  response.content_type = std::string(answer[http::field::content_type]);
  response.body = std::move(answer.body());
  co_return response;
}

awaitable<Result<Ok, Error>> connect(beast::tcp_stream& stream, const WebUrl& url) {
  error_code failure;
  auto token = asio::redirect_error(asio::use_awaitable, failure);
  tcp::resolver resolver(stream.get_executor());
  const auto found =
      co_await resolver.async_resolve(url.endpoint.host, std::to_string(url.endpoint.port), token);
  if (!failure) co_await stream.async_connect(found, token);
  if (failure) co_return Unexpected{unreachable(url.text(), failure)};
  co_return Ok{};
}

awaitable<Result<Ok, Error>> secure(TlsStream& stream, const WebUrl& url) {
  const std::string& host = url.endpoint.host;
  error_code is_name;
  static_cast<void>(asio::ip::make_address(host, is_name));
  if (is_name) SSL_set_tlsext_host_name(stream.native_handle(), host.c_str());  // NOLINT: a macro
  stream.set_verify_callback(asio::ssl::host_name_verification(host));
  error_code failure;
  co_await stream.async_handshake(asio::ssl::stream_base::client,
                                  asio::redirect_error(asio::use_awaitable, failure));
  const long verdict = SSL_get_verify_result(stream.native_handle());
  if (failure && verdict != X509_V_OK)
    co_return failed(Error::Code::verification,
                     url.text() + ": its certificate is not for " + host +
                         " or not by an authority that this system trusts (" +
                         X509_verify_cert_error_string(verdict) + ")");
  if (failure) co_return Unexpected{unreachable(url.text(), failure)};
  co_return Ok{};
}

}  // namespace

Parsed<WebUrl> WebUrl::parse(std::string_view text) {
  WebUrl url;
  url.tls = text.starts_with(tls_scheme);
  if (!url.tls && !text.starts_with(plain_scheme))
    return malformed("URL", "expected http:// or https://");
  text.remove_prefix(url.tls ? tls_scheme.size() : plain_scheme.size());
  const std::string_view authority = text.substr(0, text.find('/'));
  const std::string_view path = text.substr(authority.size());
  const bool printable =
      std::all_of(path.begin(), path.end(), [](char c) { return c > ' ' && c <= '~'; });
  if (path.size() > path_bytes_max || !printable ||
      path.find_first_of("?#\\\"<>^`{|}") != std::string_view::npos)
    return malformed("URL", "expected a plain path");
  const std::string port = has_port(authority) ? "" : ":" + std::to_string(port_of(url.tls));
  const auto endpoint = Endpoint::parse(std::string(authority) + port);
  if (!endpoint) return malformed("URL", endpoint.error().text());
  url.endpoint = *endpoint;
  url.path = path;
  return url;
}

std::string WebUrl::text() const {
  return std::string(tls ? tls_scheme : plain_scheme) + authority_of(*this) + path;
}

WebUrl WebUrl::operator/(std::string_view suffix) const {
  WebUrl longer = *this;
  while (longer.path.ends_with('/')) longer.path.pop_back();
  longer.path += "/" + std::string(suffix);
  return longer;
}

struct WebClient::State {
  any_io_executor executor;
  std::shared_ptr<asio::ssl::context> trust;  // read when it is first needed

  Result<Ok, Error> load_trust() {
    if (trust) return Ok{};
    auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
    error_code failure;
    context->set_default_verify_paths(failure);
    if (!failure) context->set_verify_mode(asio::ssl::verify_peer, failure);
    if (failure) return failed("the system's trusted certificates: " + failure.message());
    trust = std::move(context);
    return Ok{};
  }

  static awaitable<Result<HttpResponse, Error>> run(any_io_executor executor,
                                                    std::shared_ptr<asio::ssl::context> trust,
                                                    WebUrl url, std::string body,
                                                    std::size_t body_bytes_max) {
    if (!trust) {
      beast::tcp_stream stream(executor);
      const auto connected = co_await connect(stream, url);
      if (!connected) co_return Unexpected{connected.error()};
      co_return co_await exchange(stream, url, std::move(body), body_bytes_max);
    }
    TlsStream stream(executor, *trust);
    const auto connected = co_await connect(stream.next_layer(), url);
    if (!connected) co_return Unexpected{connected.error()};
    const auto secured = co_await secure(stream, url);
    if (!secured) co_return Unexpected{secured.error()};
    co_return co_await exchange(stream, url, std::move(body), body_bytes_max);
  }
};

WebClient::WebClient(any_io_executor executor)
    : state_(std::make_shared<State>(State{std::move(executor), nullptr})) {}

awaitable<Result<HttpResponse, Error>> WebClient::post(WebUrl url, std::string body,
                                                       WebLimits limits) {
  if (url.tls) {
    const auto loaded = state_->load_trust();
    if (!loaded) co_return Unexpected{loaded.error()};
  }
  const std::string where = url.text();
  const auto trust = url.tls ? state_->trust : nullptr;
  auto work =
      State::run(state_->executor, trust, std::move(url), std::move(body), limits.body_bytes_max);
  auto answer = co_await with_timeout(state_->executor, std::move(work), limits.timeout);
  if (!answer) co_return Unexpected{unreachable(where, error_code(asio::error::timed_out))};
  co_return *std::move(answer);
}

}  // namespace jointca::transport
