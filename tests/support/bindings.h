// tests/support/bindings.h — WireGuard bindings under a key of the test's own.
#pragma once

#include "crypto/hash.h"
#include "wg-adapter/binding.h"

namespace jointca::test {

inline constexpr Time bindings_now = time_from_unix(1'795'400'000);

/// The key whose every byte is `seed`.
inline SigningKey bindings_key(std::uint8_t seed = 7) {
  return SigningKey(Secret<32>::make([&](auto out) { std::fill(out.begin(), out.end(), seed); }));
}

/// Host `number`, 1 … 60000: "host-NUMBER" with an address in 10.42.0.0/16, valid for a day. Its
/// key is no point of small order, and nobody has the private one.
inline wireguard::Binding binding(std::uint16_t number) {
  wireguard::Binding out;
  out.authority.fill(0xaa);
  out.serial = sha256(as_bytes("request " + std::to_string(number)));
  out.name = "host-" + std::to_string(number);
  out.public_key = sha256(as_bytes("key " + std::to_string(number)));
  const std::array<std::uint8_t, 4> address{10, 42, static_cast<std::uint8_t>(number >> 8U),
                                            static_cast<std::uint8_t>(number)};
  out.networks = {{*ca::IpAddress::from_bytes(address), 16}};
  out.endpoint = "192.0.2.1:" + std::to_string(number);
  out.groups = {"servers"};
  out.not_before = bindings_now;
  out.not_after = bindings_now + Duration(86400);
  return out;
}

inline std::string signed_token(const wireguard::Binding& binding,
                                const SigningKey& key = bindings_key()) {
  return wireguard::assemble(binding, key.sign(wireguard::to_be_signed(binding)));
}

}  // namespace jointca::test
