// bench/overlays/fabric.h — when a packet arrives, if it does: delay, jitter, loss, rate and queues
// between machines. No clock, no socket; the same seed and packets give the same fates.
#pragma once

#include <chrono>
#include <optional>
#include <random>
#include <vector>

#include "base/bytes.h"

namespace jointca::overlays {

/// Since whatever moment the caller counts from.
using Instant = std::chrono::nanoseconds;

inline constexpr std::size_t machines_max = 32;
inline constexpr std::chrono::microseconds delay_max = std::chrono::seconds(10);
inline constexpr std::chrono::microseconds jitter_max = std::chrono::seconds(1);
inline constexpr std::uint32_t queue_packets_max = 100'000;
inline constexpr std::size_t packet_bytes_max = 65'535;
/// What all paths hold together.
inline constexpr std::size_t held_bytes_max = std::size_t{256} << 20U;

/// From one machine to another. The other direction is a path of its own.
struct Path {
  std::chrono::microseconds delay{0};
  std::chrono::microseconds jitter{
      0};                      ///< standard deviation of a normal distribution around delay
  std::uint32_t loss_ppm = 0;  ///< of a million packets, each for itself
  std::uint32_t queue_packets = 10'000;  ///< that are waiting or under way; more are dropped
  std::uint64_t rate_bits = 0;           ///< a second; 0: no limit
  bool reorder = false;  ///< whether jitter may let a packet overtake; else it waits, and jitter
                         ///< adds to the mean of dense traffic

  bool operator==(const Path&) const = default;
};

enum class Fate : std::uint8_t { accepted, lost, overflowed };

struct PathCounts {
  std::uint64_t packets = 0;  ///< accepted
  std::uint64_t bytes = 0;    ///< of them, with IP headers
  std::uint64_t lost = 0;
  std::uint64_t overflowed = 0;

  bool operator==(const PathCounts&) const = default;
};

struct Delivery {
  std::size_t to = 0;
  Instant due{0};
  Bytes packet;
};

class Fabric {
 public:
  /// `paths`: that from machine i to machine j at i * machines + j; those to itself are not used.
  Fabric(std::size_t machines, std::vector<Path> paths, std::uint64_t seed);

  /// Takes a packet of 1 to packet_bytes_max bytes. `now` never goes back.
  Fate accept(std::size_t from, std::size_t to, Bytes packet, Instant now);

  /// When the next packet is due.
  [[nodiscard]] std::optional<Instant> next_due() const;

  /// The packet that is due first, if it is due. Of those due at once, the one accepted first.
  [[nodiscard]] std::optional<Delivery> take(Instant now);

  [[nodiscard]] std::size_t machines() const { return machines_; }
  [[nodiscard]] const PathCounts& counts(std::size_t from, std::size_t to) const;

 private:
  struct Line {
    Path path;
    std::mt19937_64 random;
    PathCounts counts{};
    std::uint32_t held = 0;
    Instant sent{0};      // when the rate limit is free again
    Instant last_due{0};  // of the last packet
  };
  struct Held {
    Instant due;
    std::uint64_t number;
    std::size_t line;
    Bytes packet;
  };
  static bool later(const Held& a, const Held& b);
  static Instant arrival(Line& line, std::size_t bytes, Instant now);

  std::size_t machines_;
  std::vector<Line> lines_;
  std::vector<Held> heap_;  // the packet that is due first in front
  std::uint64_t accepted_ = 0;
  std::size_t held_bytes_ = 0;
};

}  // namespace jointca::overlays
