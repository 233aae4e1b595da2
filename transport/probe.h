// transport/probe.h — whether a host is there at all, whoever listens on it.
#pragma once

#include <chrono>

#include <boost/asio/awaitable.hpp>

#include "transport/endpoint.h"

namespace jointca::transport {

enum class Presence : std::uint8_t {
  listens,  ///< accepts connections
  refuses,  ///< is there, and nobody listens on the port
  silent,   ///< does not answer: not there, no way to it, or a firewall drops what we send
};

/// Connects by TCP, sends nothing, and closes. `endpoint` must be an address.
boost::asio::awaitable<Presence> probe(Endpoint endpoint, std::chrono::milliseconds timeout);

}  // namespace jointca::transport
