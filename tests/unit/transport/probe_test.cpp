// tests/unit/transport/probe_test.cpp — a host that listens, refuses, or is silent.
#include "transport/probe.h"

#include <boost/asio/ip/tcp.hpp>

#include "tests/unit/transport/support.h"

namespace jointca::transport {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

TEST_CASE("a host that listens is told from one that refuses, and from one that is silent") {
  asio::io_context context{1};
  const auto probed = [&](std::uint16_t port, std::chrono::milliseconds timeout = patience) {
    return run(context, probe({"127.0.0.1", port}, timeout));
  };
  tcp::acceptor acceptor(context);
  acceptor.open(tcp::v4());
  acceptor.bind({asio::ip::address_v4::loopback(), 0});
  const std::uint16_t port = acceptor.local_endpoint().port();
  CHECK(probed(port) == Presence::refuses);
  acceptor.listen(0);
  CHECK(probed(port) == Presence::listens);
  // Nobody accepts, the queue is full: the kernel drops who knocks.
  std::vector<tcp::socket> waiting;
  for (int i = 0; i < 3; ++i) {
    waiting.emplace_back(context);
    waiting.back().async_connect(acceptor.local_endpoint(), [](const auto&) {});
  }
  CHECK(probed(port, std::chrono::milliseconds(200)) == Presence::silent);
  CHECK(run(context, probe({"a-name", port}, patience)) == Presence::silent);
}

}  // namespace
}  // namespace jointca::transport
