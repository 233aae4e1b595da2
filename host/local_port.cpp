#include "host/local_port.h"

#include <cerrno>
#include <cstring>

#include <netinet/in.h>
#include <sys/socket.h>

#include "machine/descriptor.h"

namespace jointca::host {
namespace {

using machine::Descriptor;

/// As bind(2) and connect(2) take it.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  [[nodiscard]] const sockaddr* data() const {
    return reinterpret_cast<const sockaddr*>(&storage);  // NOLINT: as POSIX says
  }
};

SocketAddress socket_address(const ca::IpAddress& address, std::uint16_t port) {
  SocketAddress out;
  const auto bytes = address.bytes();
  if (address.is_v4()) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(port);
    std::memcpy(&in.sin_addr, bytes.data(), bytes.size());
    std::memcpy(&out.storage, &in, out.size = sizeof in);
  } else {
    sockaddr_in6 in{};
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(port);
    std::memcpy(&in.sin6_addr, bytes.data(), bytes.size());
    std::memcpy(&out.storage, &in, out.size = sizeof in);
  }
  return out;
}

/// Whether the port can be listened on at any address of the family, or the family is not there.
bool is_free(int family, std::uint16_t port) {
  const Descriptor socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (socket.get() < 0) return errno == EAFNOSUPPORT;
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (family == AF_INET6) ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  const Bytes any(family == AF_INET ? 4 : 16, 0);
  const auto address = socket_address(*ca::IpAddress::from_bytes(any), port);
  if (::bind(socket.get(), address.data(), address.size) != 0) return errno == EADDRNOTAVAIL;
  return ::listen(socket.get(), 1) == 0;
}

}  // namespace

bool is_free(std::uint16_t port) { return is_free(AF_INET, port) && is_free(AF_INET6, port); }

bool is_here(const ca::IpAddress& address) {
  const Descriptor socket(
      ::socket(address.is_v4() ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto any_port = socket_address(address, 0);
  return socket.get() >= 0 && ::bind(socket.get(), any_port.data(), any_port.size) == 0;
}

}  // namespace jointca::host
