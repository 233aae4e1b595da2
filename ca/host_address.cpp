#include "ca/host_address.h"

namespace jointca::ca {

std::optional<AddressFault> unusable(const Prefix& network) {
  if (network.address.is_zero())
    return AddressFault{"zero address", "the zero address is nobody's: " + network.text()};
  if (network.address.is_v4_in_v6())
    return AddressFault{"4in6 address", "an IPv4 address in IPv6 form: " + network.text()};
  return std::nullopt;
}

std::optional<AddressFault> not_a_hosts(const Prefix& network) {
  if (auto fault = unusable(network)) return fault;
  if (network.bits == 0 || network.bits > network.address.bits())
    return AddressFault{"prefix", "no network has this length: " + network.text()};
  if (network.bits + 2U > network.address.bits()) return std::nullopt;
  if (network.masked().address == network.address)
    return AddressFault{"network address", network.text() + " is the network's own address"};
  const IpAddress next = network.address.next();
  if (network.address.is_v4() && (next.is_zero() || !network.contains(next)))
    return AddressFault{"broadcast address",
                        network.text() + " is the network's broadcast address"};
  return std::nullopt;
}

}  // namespace jointca::ca
