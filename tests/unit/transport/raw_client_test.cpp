// tests/unit/transport/raw_client_test.cpp — the client without manners, and the ports that meet
// it.
#include <array>
#include <cstring>

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/unit/transport/support.h"
#include "transport/http.h"
#include "transport/link.h"
#include "transport/tls.h"

namespace jointca::transport {

RawClient::RawClient(std::uint16_t port, std::uint8_t from)
    : descriptor_(socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1U + from);
  REQUIRE(bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
}

SilentPort::SilentPort() : descriptor_(socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), size) == 0);
  REQUIRE(listen(descriptor_, 16) == 0);
  REQUIRE(getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  port_ = ntohs(address.sin_port);
}

SilentPort::~SilentPort() { close(descriptor_); }

RawClient::RawClient(const std::string& path) : descriptor_(socket(AF_UNIX, SOCK_STREAM, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  REQUIRE(connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
}

RawClient::~RawClient() { close(descriptor_); }

void RawClient::send(std::string_view text) const {
  while (!text.empty()) {
    const ssize_t sent = ::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;  // closed by the other side: the test looks at what it answered
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::string RawClient::receive(std::string_view end) const {
  std::string out;
  std::array<char, 4096> chunk{};
  pollfd readable{descriptor_, POLLIN, 0};
  constexpr int wait_ms = std::chrono::milliseconds(patience).count();
  while ((end.empty() || !out.ends_with(end)) && poll(&readable, 1, wait_ms) > 0) {
    const ssize_t size = recv(descriptor_, chunk.data(), chunk.size(), 0);
    if (size <= 0) break;
    out.append(chunk.data(), static_cast<std::size_t>(size));
  }
  return out;
}

bool RawClient::closes_within(std::chrono::milliseconds duration) const {
  const Deadline deadline = after(duration);
  std::array<char, 4096> chunk{};
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    pollfd readable{descriptor_, POLLIN, 0};
    if (left.count() <= 0 || poll(&readable, 1, static_cast<int>(left.count())) <= 0) return false;
    if (recv(descriptor_, chunk.data(), chunk.size(), 0) <= 0) return true;
  }
}

namespace {

using std::chrono::milliseconds;

/// A blocking handshake as a client; the version agreed on, or nothing.
std::optional<int> handshake(const RawClient& client, SSL_CTX* context) {
  const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context), SSL_free);
  SSL_set_fd(ssl.get(), client.descriptor());
  if (SSL_connect(ssl.get()) != 1) return std::nullopt;
  return SSL_version(ssl.get());
}

/// Party 1, which gives back what party 2 sends.
struct EchoParty {
  explicit EchoParty(PeerLimits limits = {})
      : server(
            context.get_executor(), test_identity(1), {test_key(2).public_key()},
            [](PublicKey, Bytes request) -> awaitable<Bytes> { co_return request; }, limits) {
    REQUIRE(server.listen({"127.0.0.1", 0}));
    port = server.port();
    background.emplace(context);
  }
  /// Whether party 2 gets its answer.
  bool serves() const {
    boost::asio::io_context client;
    PeerLink link(client.get_executor(), test_identity(2), {"127.0.0.1", port},
                  test_key(1).public_key());
    return run(client, link.call({1, 2, 3}, std::chrono::seconds(5))).has_value();
  }
  boost::asio::io_context context{1};
  PeerServer server;
  std::uint16_t port = 0;
  std::optional<Background> background;
};

}  // namespace

TEST_CASE("a party's port refuses TLS 1.2") {
  const EchoParty party;
  const SslContext context = peer_client_context(test_identity(2), test_key(1).public_key());
  CHECK(handshake(RawClient(party.port), context.get()) == TLS1_3_VERSION);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_max_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set1_sigalgs_list(context.get(), "ed25519:ECDSA+SHA256:RSA+SHA256");
  CHECK_FALSE(handshake(RawClient(party.port), context.get()));
}

TEST_CASE("the API refuses TLS 1.2") {
  boost::asio::io_context served(1);
  HttpsServer server(served.get_executor(), test_identity(1),
                     [](HttpRequest) -> awaitable<HttpResponse> { co_return HttpResponse{}; });
  REQUIRE(server.listen({"127.0.0.1", 0}));
  const std::uint16_t port = server.port();
  const Background background(served);
  const SslContext context = https_client_context(test_key(1).public_key());
  CHECK(handshake(RawClient(port), context.get()) == TLS1_3_VERSION);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_max_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set1_sigalgs_list(context.get(), "ed25519:ECDSA+SHA256:RSA+SHA256");
  CHECK_FALSE(handshake(RawClient(port), context.get()));
}

TEST_CASE("a client that speaks HTTP is refused on a party's port") {
  const EchoParty party;
  const SslContext context = peer_client_context(test_identity(2), test_key(1).public_key());
  const std::string http = "\x08http/1.1";
  SSL_CTX_set_alpn_protos(context.get(), as_bytes(http).data(), static_cast<unsigned>(http.size()));
  CHECK_FALSE(handshake(RawClient(party.port), context.get()));
}

TEST_CASE("a client that names no protocol is refused on a party's port") {
  const EchoParty party;
  const SslContext context = peer_client_context(test_identity(2), test_key(1).public_key());
  SSL_CTX_set_alpn_protos(context.get(), nullptr, 0);
  const RawClient client(party.port);
  CHECK(handshake(client, context.get()));  // TLS is content; the server then closes
  CHECK(client.closes());
}

TEST_CASE("garbage on a party's port is answered by closing, and harms nobody") {
  const EchoParty party;
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(std::make_unique<RawClient>(party.port));
    clients.back()->send(std::string(2'000, static_cast<char>('!' + i)));
  }
  for (const auto& client : clients) CHECK(client->closes());
  CHECK(party.serves());
}

TEST_CASE("a client that begins no handshake is closed at the deadline") {
  PeerLimits limits;
  limits.handshake = milliseconds(200);
  const EchoParty party(limits);
  const auto begin = std::chrono::steady_clock::now();
  const RawClient silent(party.port);
  CHECK(silent.closes());
  CHECK(std::chrono::steady_clock::now() - begin >= limits.handshake);
  CHECK(succeeds_in_the_end([&] { return party.serves(); }));
}

TEST_CASE("handshakes beyond their maximum are closed at once, and later ones accepted again") {
  PeerLimits limits;
  limits.handshakes_max = 2;
  limits.handshake = patience;  // what closes the third is not its deadline
  const EchoParty party(limits);
  {
    const RawClient first(party.port);
    const RawClient second(party.port);
    CHECK(RawClient(party.port).closes());
    CHECK_FALSE(first.closes_within(milliseconds(20)));
    CHECK_FALSE(second.closes_within(milliseconds(20)));
  }
  CHECK(succeeds_in_the_end([&] { return party.serves(); }));
}

TEST_CASE("an announced frame above the maximum closes its connection before it is read") {
  const EchoParty party;
  const SslContext context = peer_client_context(test_identity(2), test_key(1).public_key());
  boost::asio::io_context other_context;
  PeerLink other(other_context.get_executor(), test_identity(2), {"127.0.0.1", party.port},
                 test_key(1).public_key());
  REQUIRE(run(other_context, other.call({1}, std::chrono::seconds(5))));

  for (const std::string& header :
       {std::string("\x00\x40\x00\x01", 4) + std::string(8, 'x'),  // 4 MiB and one
        std::string("\xff\xff\xff\xff", 4) + std::string(8, 'x'),
        std::string("\x00\x00\x00\x07", 4) + std::string(8, 'x')}) {  // no room for the call
    const RawClient client(party.port);
    const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context.get()), SSL_free);
    SSL_set_fd(ssl.get(), client.descriptor());
    REQUIRE(SSL_connect(ssl.get()) == 1);
    REQUIRE(SSL_write(ssl.get(), header.data(), static_cast<int>(header.size())) == 12);
    CHECK(client.closes());
  }
  CHECK(other.connected());
  CHECK(run(other_context, other.call({1}, std::chrono::seconds(5))));
}

TEST_CASE("half a frame is waited for no longer than its deadline") {
  PeerLimits limits;
  limits.transfer = milliseconds(300);
  const EchoParty party(limits);
  const SslContext context = peer_client_context(test_identity(2), test_key(1).public_key());
  const RawClient client(party.port);
  const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context.get()), SSL_free);
  SSL_set_fd(ssl.get(), client.descriptor());
  REQUIRE(SSL_connect(ssl.get()) == 1);
  CHECK_FALSE(client.closes_within(milliseconds(400)));  // silence between frames is allowed
  REQUIRE(SSL_write(ssl.get(), "\0\0\0\x20", 4) == 4);
  CHECK(client.closes());
}

}  // namespace jointca::transport
