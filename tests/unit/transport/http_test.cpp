// tests/unit/transport/http_test.cpp — servers and blocking clients: limits, deadlines, pins,
// modes.
#include "transport/http.h"

#include <atomic>
#include <filesystem>
#include <fstream>

#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/temp_dir.h"
#include "tests/unit/transport/support.h"

namespace jointca::transport {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::atomic<int> never_asked = 0;  ///< how often "/never" was asked for

awaitable<HttpResponse> handle(HttpRequest request) {
  HttpResponse response;
  if (request.target == "/never") {
    ++never_asked;
    co_await sleep_for(4 * patience);
  }
  if (request.target == "/throw") throw std::runtime_error("a secret detail");
  if (request.target == "/empty") response.status = 204;
  response.headers = {{"X-Method", request.method},
                      {"X-Remote", request.remote},
                      {"X-Split", "a\r\nX-Injected: b"}};
  response.body = request.target + "|" + request.body;
  co_return response;
}

HttpLimits short_limits() {
  HttpLimits limits;
  limits.body_bytes_max = 10'000;
  limits.header_bytes_max = 2'000;
  limits.handshake = milliseconds(300);
  limits.header = milliseconds(300);
  limits.body = milliseconds(300);
  limits.idle = milliseconds(300);
  return limits;
}

struct Api {
  explicit Api(HttpLimits limits = {})
      : server(context.get_executor(), test_identity(1), handle, limits) {
    REQUIRE(server.listen({"127.0.0.1", 0}));
    endpoint = {"127.0.0.1", server.port()};
    background.emplace(context);
  }
  boost::asio::io_context context{1};
  HttpsServer server;
  Endpoint endpoint;
  std::optional<Background> background;
};

/// The socket speaks plain HTTP, so that a raw client may misbehave inside it.
struct Admin {
  explicit Admin(HttpLimits limits = short_limits())
      : server(context.get_executor(), handle, limits) {
    const auto listening = server.listen(path);
    REQUIRE(listening);
    background.emplace(context);
  }
  test::TempDir directory;
  std::string path = directory.file("api.sock");
  boost::asio::io_context context{1};
  UnixHttpServer server;
  std::optional<Background> background;
};

std::string field(const HttpResponse& response, const std::string& name) {
  for (const auto& [key, value] : response.headers)
    if (key == name) return value;
  return {};
}

const PublicKey pin = test_key(1).public_key();

}  // namespace

TEST_CASE("a request reaches the handler and its answer the client, over TLS") {
  const Api api;
  const auto response =
      https_call(api.endpoint, pin, {"POST", "/v1/enroll?x=1", "body", ""}, patience);
  REQUIRE(response);
  CHECK(response->status == 200);
  CHECK(response->content_type == "application/json");
  CHECK(response->body == "/v1/enroll?x=1|body");
  CHECK(field(*response, "x-method") == "POST");
  CHECK_THAT(field(*response, "x-remote"), Catch::StartsWith("127.0.0.1:"));
  CHECK(field(*response, "x-split").empty());
  CHECK(field(*response, "x-injected").empty());
}

TEST_CASE("a server with another key than the pinned one is refused, and the error says so") {
  const Api api;
  const auto response = https_call(api.endpoint, test_key(2).public_key(), {}, patience);
  REQUIRE_FALSE(response);
  CHECK(response.error().code == Error::Code::verification);
  CHECK_THAT(response.error().message,
             Catch::Contains(api.endpoint.text()) && Catch::Contains("another key"));
}

TEST_CASE("a client keeps one connection for many requests") {
  const Api api;
  HttpsClient client(api.endpoint, pin);
  const auto first = client.call({"GET", "/1", "", ""}, patience);
  REQUIRE(first);
  for (int i = 0; i < 200; ++i) {
    const auto next = client.call({"POST", "/n", std::to_string(i), ""}, patience);
    REQUIRE(next);
    REQUIRE(next->body == "/n|" + std::to_string(i));
    REQUIRE(field(*next, "x-remote") == field(*first, "x-remote"));
  }
}

TEST_CASE("a client whose kept connection was closed repeats a GET, and connects anew for a POST") {
  HttpLimits limits;
  limits.idle = milliseconds(300);
  const Api api(limits);
  HttpsClient client(api.endpoint, pin);
  REQUIRE(client.call({"GET", "/1", "", ""}, patience));
  std::this_thread::sleep_for(milliseconds(1'000));  // beyond the server's idle deadline
  CHECK(client.call({"GET", "/2", "", ""}, patience));
  std::this_thread::sleep_for(milliseconds(1'000));
  const auto lost = client.call({"POST", "/3", "", ""}, patience);
  REQUIRE_FALSE(lost);
  CHECK(lost.error().code == Error::Code::unreachable);
  CHECK(client.call({"POST", "/4", "", ""}, patience));
}

TEST_CASE("a client's deadline holds against a slow answer and against a silent port") {
  const Api api;
  const SilentPort silent;
  for (const Endpoint& endpoint : {api.endpoint, Endpoint{"127.0.0.1", silent.port()}}) {
    const auto late = https_call(endpoint, pin, {"GET", "/never", "", ""}, milliseconds(100));
    REQUIRE_FALSE(late);
    CHECK(late.error().code == Error::Code::unreachable);
    CHECK_THAT(late.error().message, Catch::Contains("no answer in time"));
  }
}

TEST_CASE("a client says what to do when nobody listens") {
  const auto refused = https_call({"127.0.0.1", 1}, pin, {}, patience);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Error::Code::unreachable);
  CHECK(refused.error().message ==
        "127.0.0.1:1: connection refused: is `jointca serve` running there?");
  const auto missing = unix_call("/nonexistent/api.sock", {}, patience);
  REQUIRE_FALSE(missing);
  CHECK_THAT(missing.error().message, Catch::Contains("/nonexistent/api.sock: there is no such"));
}

TEST_CASE("a client finds a host by its name") {
  const Api api;
  CHECK(https_call({"localhost", api.endpoint.port}, pin, {}, patience));
}

TEST_CASE("a request that is not HTTP is refused before it is sent") {
  const Api api;
  for (const HttpRequest& request :
       {HttpRequest{"GET", "", "", ""}, HttpRequest{"GET", "v1", "", ""},
        HttpRequest{"GET", "/a b", "", ""}, HttpRequest{"GET", "/a\r\nX: y", "", ""},
        HttpRequest{"G T", "/", "", ""}, HttpRequest{"", "/", "", ""},
        HttpRequest{"GET", "/" + std::string(5'000, 'a'), "", ""}}) {
    const auto response = https_call(api.endpoint, pin, request, patience);
    REQUIRE_FALSE(response);
    CHECK(response.error().code == Error::Code::usage);
  }
}

TEST_CASE("a body above the maximum is answered by 413, one at the maximum is served") {
  HttpLimits limits;
  limits.body_bytes_max = short_limits().body_bytes_max;
  const Api api(limits);
  const auto call = [&](std::size_t size) {
    return https_call(api.endpoint, pin, {"POST", "/", std::string(size, 'x'), ""}, patience);
  };
  CHECK(call(10'000)->status == 200);
  CHECK(call(10'001)->status == 413);
  const auto large = call(3'000'000);
  REQUIRE(large);
  CHECK(large->status == 413);
}

TEST_CASE("a chunked body above the maximum is answered by 413") {
  const Admin admin;
  const RawClient client(admin.path);
  client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 20; ++i) client.send("400\r\n" + std::string(0x400, 'x') + "\r\n");
  CHECK_THAT(client.receive(), Catch::StartsWith("HTTP/1.1 413 "));
}

TEST_CASE("a header above the maximum is answered by 431") {
  const Admin admin;
  const RawClient fields(admin.path);
  fields.send("GET / HTTP/1.1\r\nX: " + std::string(5'000, 'x') + "\r\n\r\n");
  CHECK_THAT(fields.receive(), Catch::StartsWith("HTTP/1.1 431 "));
  const RawClient target(admin.path);
  target.send("GET /" + std::string(500'000, 'x') + " HTTP/1.1\r\n\r\n");
  CHECK_THAT(target.receive(), Catch::StartsWith("HTTP/1.1 431 "));
}

TEST_CASE("what is no HTTP is answered by 400 and closed") {
  const Admin admin;
  for (const std::string& text :
       {std::string("hello\r\n\r\n"), std::string("GET / HTTP/9.9\r\n\r\n"),
        std::string("\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 11),
        std::string("POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n")}) {
    const RawClient client(admin.path);
    client.send(text);
    CHECK_THAT(client.receive(), Catch::StartsWith("HTTP/1.1 400 "));
  }
  CHECK(unix_call(admin.path, {}, patience));
}

TEST_CASE("a client that sends its header byte by byte is closed at the deadline") {
  const Admin admin;
  const RawClient client(admin.path);
  const auto begin = std::chrono::steady_clock::now();
  bool closed = false;
  for (const char c : std::string("GET / HTTP/1.1\r\nHost: ") + std::string(100, 'a')) {
    client.send(std::string(1, c));
    closed = client.closes_within(milliseconds(20));
    if (closed) break;
  }
  CHECK(closed);
  CHECK(std::chrono::steady_clock::now() - begin >= short_limits().header);
}

TEST_CASE("a client that stops within its body is closed at the deadline") {
  const Admin admin;
  const auto begin = std::chrono::steady_clock::now();
  const RawClient client(admin.path);
  client.send("POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\nabc");
  CHECK(client.closes());
  CHECK(std::chrono::steady_clock::now() - begin >= short_limits().body);
}

TEST_CASE("garbage instead of TLS on the API's port harms nobody") {
  const Api api(short_limits());
  const RawClient garbage(api.endpoint.port);
  garbage.send("GET / HTTP/1.1\r\n\r\n");
  CHECK(garbage.closes());
  const RawClient silent(api.endpoint.port);
  CHECK(silent.closes());
  CHECK(
      succeeds_in_the_end([&] { return https_call(api.endpoint, pin, {}, patience).has_value(); }));
}

TEST_CASE("connections beyond the maximum are closed, and accepted again when others end") {
  HttpLimits limits;
  limits.connections_max = 2;
  const Admin admin(limits);
  {
    const RawClient first(admin.path);
    const RawClient second(admin.path);
    CHECK(RawClient(admin.path).closes());
    CHECK_FALSE(first.closes_within(milliseconds(20)));
    CHECK_FALSE(second.closes_within(milliseconds(20)));
  }
  CHECK(succeeds_in_the_end([&] { return unix_call(admin.path, {}, patience).has_value(); }));
}

TEST_CASE("connections of one address beyond their maximum are closed, those of others are not") {
  HttpLimits limits;
  limits.connections_per_address_max = 2;
  const Api api(limits);
  {
    const RawClient first(api.endpoint.port);
    const RawClient second(api.endpoint.port);
    const RawClient third(api.endpoint.port);
    const RawClient elsewhere(api.endpoint.port, 2);
    CHECK(third.closes());
    CHECK_FALSE(first.closes_within(milliseconds(20)));
    CHECK_FALSE(second.closes_within(milliseconds(20)));
    CHECK_FALSE(elsewhere.closes_within(milliseconds(20)));
  }
  CHECK(
      succeeds_in_the_end([&] { return https_call(api.endpoint, pin, {}, patience).has_value(); }));
}

TEST_CASE("a handler that throws is a 500 without its details") {
  const Admin admin;
  const auto response = unix_call(admin.path, {"GET", "/throw", "", ""}, patience);
  REQUIRE(response);
  CHECK(response->status == 500);
  CHECK(response->body.find("secret") == std::string::npos);
}

TEST_CASE("answers without a body have none") {
  const Admin admin;
  const auto head = unix_call(admin.path, {"HEAD", "/x", "", ""}, patience);
  REQUIRE(head);
  CHECK(head->status == 200);
  CHECK(head->body.empty());
  const auto empty = unix_call(admin.path, {"GET", "/empty", "", ""}, patience);
  REQUIRE(empty);
  CHECK(empty->status == 204);
  CHECK(empty->body.empty());
}

TEST_CASE("a client that asks whether to go on is told to") {
  const Admin admin;
  const RawClient client(admin.path);
  client.send("POST /x HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  CHECK_THAT(client.receive("\r\n\r\n"), Catch::StartsWith("HTTP/1.1 100 "));
  client.send("abc");
  CHECK_THAT(client.receive("/x|abc"), Catch::EndsWith("/x|abc"));
}

TEST_CASE("the administrative socket has mode 0600, and is removed when its server stops") {
  std::string path;
  {
    Admin admin;
    path = admin.path;
    struct stat status {};
    REQUIRE(stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0600);
    const auto response = unix_call(path, {}, patience);
    CHECK(field(*response, "x-remote") == "unix:" + std::to_string(getuid()));
    admin.background.reset();
    admin.server.stop();
    CHECK_FALSE(std::filesystem::exists(path));
  }
}

TEST_CASE("a stale socket is replaced; a live one and an ordinary file are not") {
  const test::TempDir directory;
  const std::string path = directory.file("api.sock");
  boost::asio::io_context context;
  UnixHttpServer first(context.get_executor(), handle);
  REQUIRE(first.listen(path));
  UnixHttpServer second(context.get_executor(), handle);
  const auto live = second.listen(path);
  REQUIRE_FALSE(live);
  CHECK_THAT(live.error().message, Catch::Contains("another `jointca serve`"));

  const std::string stale = directory.file("stale.sock");
  std::filesystem::create_hard_link(path, stale);  // outlives its server, as after a kill
  first.stop();
  REQUIRE(std::filesystem::exists(stale));
  CHECK(second.listen(stale));

  const std::string file = directory.file("file");
  std::ofstream(file) << "precious";
  CHECK_FALSE(first.listen(file));
  CHECK(std::filesystem::file_size(file) == 8);
  CHECK_FALSE(first.listen(directory.file(std::string(120, 'a'))));
}

TEST_CASE("a server that stops closes its connections and cancels its handlers") {
  Api api;
  HttpsClient client(api.endpoint, pin);
  REQUIRE(client.call({}, patience));
  const RawClient idle(api.endpoint.port);
  const int before = never_asked;
  auto waiting = std::async(std::launch::async, [&] {
    return https_call(api.endpoint, pin, {"GET", "/never", "", ""}, 2 * patience).has_value();
  });
  REQUIRE(succeeds_in_the_end([before] { return never_asked > before; }));
  api.background->on_thread([&] { api.server.stop(); });
  CHECK_FALSE(waiting.get());
  CHECK(idle.closes());
  CHECK_FALSE(client.call({"POST", "/", "", ""}, patience));
}

}  // namespace jointca::transport
