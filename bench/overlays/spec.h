// bench/overlays/spec.h — what the delay switch is told: machines, paths, seed.
//
//   {"seed": 7, "seconds": 600,
//    "machines": [{"namespace": "a", "interface": "u0", "addresses": ["198.51.100.1"]}, …],
//    "paths": [{"from": 0, "to": 1, "delay_us": 40000, "jitter_us": 300, "loss_ppm": 0,
//               "queue_packets": 10000, "rate_bits": 0, "reorder": false}, …]}
//
// Each ordered pair of machines has exactly one path.
#pragma once

#include <string>
#include <vector>

#include "bench/overlays/fabric.h"
#include "ca/network.h"

namespace jointca::overlays {

inline constexpr std::size_t spec_bytes_max = std::size_t{1} << 20U;
inline constexpr std::size_t addresses_max = 4;
inline constexpr std::uint32_t seconds_max = 86'400;

struct Machine {
  std::string network_namespace;  ///< a name below /run/netns: letters, digits, '-', '_'
  std::string interface;          ///< of the TUN that is made there: the same, at most 15
  std::vector<ca::IpAddress> addresses;

  bool operator==(const Machine&) const = default;
};

struct Spec {
  std::uint64_t seed = 0;     ///< below 2^63
  std::uint32_t seconds = 0;  ///< after which the switch ends by itself
  std::vector<Machine> machines;
  std::vector<Path> paths;  ///< as Fabric takes them
};

[[nodiscard]] Parsed<Spec> parse_spec(std::string_view text);

}  // namespace jointca::overlays
