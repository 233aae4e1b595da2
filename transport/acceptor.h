// transport/acceptor.h — listening sockets. Internal to transport: includes Asio.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/error.h"
#include "transport/async.h"
#include "transport/endpoint.h"

namespace jointca::transport {

/// Binds and listens; `endpoint` must be an address of this machine, not a name.
Result<boost::asio::ip::tcp::acceptor, Error> open_acceptor(any_io_executor executor,
                                                            const Endpoint& endpoint);

/// TCP_NODELAY, and keep-alive that finds a vanished peer within half a minute.
void tune(boost::asio::ip::tcp::socket& socket);

/// Accepts until `acceptor` is closed, waiting out a lack of file descriptors. Gives nothing then.
template <class Acceptor>
awaitable<std::optional<typename Acceptor::protocol_type::socket>> next_socket(Acceptor& acceptor) {
  for (;;) {
    boost::system::error_code failure;
    typename Acceptor::protocol_type::socket socket(acceptor.get_executor());
    co_await acceptor.async_accept(
        socket, boost::asio::redirect_error(boost::asio::use_awaitable, failure));
    if (!failure) co_return std::move(socket);
    if (!acceptor.is_open() || failure == boost::asio::error::operation_aborted)
      co_return std::nullopt;
    if (failure != boost::asio::error::connection_aborted)
      co_await sleep_for(std::chrono::milliseconds(50));
  }
}

}  // namespace jointca::transport
