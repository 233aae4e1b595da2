// tests/unit/transport/web_client_test.cpp — calls to ordinary web servers end, with an answer or
// with the reason why there is none. https:// is in tests/system/witness_test.py.
#include "transport/web_client.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "tests/unit/transport/support.h"

using namespace jointca;
using namespace jointca::transport;
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

/// Answers every connection with the same bytes, whatever it is asked, and closes it.
class Canned {
 public:
  explicit Canned(asio::io_context& context, std::string answer)
      : acceptor_(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
        answer_(std::move(answer)),
        tasks_(context.get_executor()) {
    tasks_.spawn(serve());
  }
  [[nodiscard]] WebUrl url() const {
    return {false, {"127.0.0.1", acceptor_.local_endpoint().port()}, "/prefix/call"};
  }
  std::string request;

 private:
  awaitable<void> serve() {
    for (;;) {
      tcp::socket socket = co_await acceptor_.async_accept(asio::use_awaitable);
      asio::streambuf buffer;
      boost::system::error_code failure;
      auto token = asio::redirect_error(asio::use_awaitable, failure);
      co_await asio::async_read_until(socket, buffer, "the end", token);
      request.assign(asio::buffers_begin(buffer.data()), asio::buffers_end(buffer.data()));
      co_await asio::async_write(socket, asio::buffer(answer_), token);
    }
  }

  tcp::acceptor acceptor_;
  std::string answer_;
  Tasks tasks_;
};

Result<HttpResponse, Error> post(asio::io_context& context, const WebUrl& url, WebLimits limits) {
  WebClient client(context.get_executor());
  return run(context, client.post(url, "the end", limits));
}

Result<HttpResponse, Error> answer_to(const std::string& answer, WebLimits limits = {}) {
  asio::io_context context;
  const Canned server(context, answer);
  return post(context, server.url(), limits);
}

std::string problem(std::string_view url) {
  const auto parsed = WebUrl::parse(url);
  return parsed ? "" : parsed.error().text();
}

}  // namespace

TEST_CASE("a URL has a scheme, a host, perhaps a port and a path, and nothing else") {
  const auto plain = WebUrl::parse("http://Example.org");
  REQUIRE(plain);
  CHECK(*plain == WebUrl{false, {"example.org", 80}, ""});
  CHECK(plain->text() == "http://example.org");
  CHECK((*plain / "call").text() == "http://example.org/call");
  const auto secure = WebUrl::parse("https://[2001:db8::1]/a/b/");
  REQUIRE(secure);
  CHECK(*secure == WebUrl{true, {"2001:db8::1", 443}, "/a/b/"});
  CHECK(secure->text() == "https://[2001:db8::1]/a/b/");
  CHECK((*secure / "call").text() == "https://[2001:db8::1]/a/b/call");
  CHECK(WebUrl::parse("https://192.0.2.1:8443")->text() == "https://192.0.2.1:8443");
  CHECK(WebUrl::parse("http://[::1]:81/x")->endpoint == Endpoint{"::1", 81});
  CHECK(WebUrl::parse("http://example.org:443")->text() == "http://example.org:443");

  CHECK(problem("ftp://example.org") == "URL: expected http:// or https://");
  CHECK(problem("HTTP://example.org") == "URL: expected http:// or https://");
  for (const char* url :
       {"http://", "http:///x", "http://a b", "http://me@example.org", "http://example.org:0",
        "http://example.org:", "http://[::1", "http://::1"})
    CHECK(problem(url).starts_with("URL: "));
  for (const char* url : {"http://a/?q", "http://a/#f", "http://a/b c", "http://a/\x7f",
                          "http://a/\xc3\xa9", "http://a/\r\nX: y", "http://a/\"", "http://a/{x}"})
    CHECK(problem(url) == "URL: expected a plain path");
  CHECK(problem("http://a?q").starts_with("URL: "));
  CHECK(problem("http://a/" + std::string(2000, 'x')) == "URL: expected a plain path");
}

TEST_CASE("an answer of any status is a value, and the request says what it should") {
  asio::io_context context;
  const Canned server(context,
                      "HTTP/1.1 409 Conflict\r\nContent-Type: text/x.tlog.size\r\n"
                      "Content-Length: 3\r\n\r\n17\n");
  const auto answer = post(context, server.url(), {});
  REQUIRE(answer);
  CHECK(answer->status == 409);
  CHECK(answer->content_type == "text/x.tlog.size");
  CHECK(answer->body == "17\n");
  CHECK(server.request.starts_with("POST /prefix/call HTTP/1.1\r\n"));
  CHECK(server.request.find("Host: 127.0.0.1:") != std::string::npos);
  CHECK(server.request.find("Content-Length: 7\r\n") != std::string::npos);
  CHECK(server.request.ends_with("\r\n\r\nthe end"));
}

TEST_CASE("bodies without a length end with the connection; redirects are not followed") {
  const auto open = answer_to("HTTP/1.0 200 OK\r\n\r\nall of it");
  REQUIRE(open);
  CHECK(open->body == "all of it");
  const auto moved = answer_to(
      "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n"
      "Content-Length: 0\r\n\r\n");
  REQUIRE(moved);
  CHECK(moved->status == 302);
}

TEST_CASE("what is too long, cut off or no HTTP is an error") {
  const WebLimits small{std::chrono::seconds(10), 100};
  const auto code = [](const Result<HttpResponse, Error>& answer) {
    REQUIRE(!answer);
    return answer.error().code;
  };
  const std::string body(101, 'x');
  CHECK(code(answer_to("HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n" + body, small)) ==
        Error::Code::failed);
  CHECK(code(answer_to("HTTP/1.1 200 OK\r\n\r\n" + body, small)) == Error::Code::failed);
  CHECK(code(answer_to("HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n")) ==
        Error::Code::failed);
  CHECK(code(answer_to("220 mail.example.org\r\n\r\n")) == Error::Code::failed);
  CHECK(code(answer_to("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nless")) ==
        Error::Code::unreachable);
  CHECK(code(answer_to("")) == Error::Code::unreachable);
}

TEST_CASE("a server that is away, or says nothing, is unreachable in time") {
  asio::io_context context;
  const SilentPort silent;
  const WebLimits soon{std::chrono::milliseconds(100), 100};
  const auto begin = std::chrono::steady_clock::now();
  const auto late = post(context, {false, {"127.0.0.1", silent.port()}, "/"}, soon);
  REQUIRE(!late);
  CHECK(late.error().code == Error::Code::unreachable);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));

  std::optional<std::uint16_t> closed;
  {
    const Canned gone(context, "");
    closed = gone.url().endpoint.port;
  }
  run_for(context, std::chrono::milliseconds(10));
  const auto refused = post(context, {false, {"127.0.0.1", *closed}, "/"}, {});
  REQUIRE(!refused);
  CHECK(refused.error().code == Error::Code::unreachable);
  // Nor does TLS, to a port that does not speak it, wait for long.
  const auto untrusted = post(context, {true, {"127.0.0.1", silent.port()}, "/"}, soon);
  REQUIRE(!untrusted);
  CHECK(untrusted.error().code == Error::Code::unreachable);
}
