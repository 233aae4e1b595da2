// transport/acceptor.cpp — binds a port, and sets the options of connections.
#include "transport/acceptor.h"

#include <netinet/tcp.h>

#include "transport/failure.h"

namespace jointca::transport {

namespace asio = boost::asio;
using asio::ip::tcp;

Result<tcp::acceptor, Error> open_acceptor(any_io_executor executor, const Endpoint& endpoint) {
  boost::system::error_code failure;
  const auto address = asio::ip::make_address(endpoint.host, failure);
  if (failure)
    return failed(Error::Code::usage, "cannot listen on " + endpoint.text() +
                                          ": expected an address of this machine, not a name");
  const tcp::endpoint where(address, endpoint.port);
  tcp::acceptor acceptor(std::move(executor));
  acceptor.open(where.protocol(), failure);
  if (!failure) acceptor.set_option(asio::socket_base::reuse_address(true), failure);
  if (!failure) acceptor.bind(where, failure);
  if (!failure) acceptor.listen(asio::socket_base::max_listen_connections, failure);
  if (failure) return Unexpected{cannot_listen(endpoint.text(), failure)};
  return acceptor;
}

void tune(tcp::socket& socket) {
  using Seconds = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPIDLE>;
  using Interval = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPINTVL>;
  using Count = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPCNT>;
  using Unacknowledged = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_USER_TIMEOUT>;
  boost::system::error_code ignored;  // a connection without them still works
  socket.set_option(tcp::no_delay(true), ignored);
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  socket.set_option(Seconds(15), ignored);
  socket.set_option(Interval(5), ignored);
  socket.set_option(Count(3), ignored);
  socket.set_option(Unacknowledged(30'000), ignored);
}

}  // namespace jointca::transport
