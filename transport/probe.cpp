// transport/probe.cpp — a TCP connection that is closed at once.
#include "transport/probe.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "transport/async.h"

namespace jointca::transport {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

awaitable<Presence> connect(tcp::endpoint where) {
  tcp::socket socket(co_await asio::this_coro::executor);
  boost::system::error_code failure;
  co_await socket.async_connect(where, asio::redirect_error(asio::use_awaitable, failure));
  if (!failure) co_return Presence::listens;
  const bool answered =
      failure == asio::error::connection_refused || failure == asio::error::connection_reset;
  co_return answered ? Presence::refuses : Presence::silent;
}

}  // namespace

awaitable<Presence> probe(Endpoint endpoint, std::chrono::milliseconds timeout) {
  boost::system::error_code failure;
  const auto address = asio::ip::make_address(endpoint.host, failure);
  if (failure) co_return Presence::silent;
  const auto executor = co_await asio::this_coro::executor;
  const auto found =
      co_await with_timeout(executor, connect(tcp::endpoint(address, endpoint.port)), timeout);
  co_return found.value_or(Presence::silent);
}

}  // namespace jointca::transport
