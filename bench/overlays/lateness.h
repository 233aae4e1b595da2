// bench/overlays/lateness.h — how much later than due packets left the switch.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

namespace jointca::overlays {

/// Counts in classes of 5 µs up to 50 ms; what is later is in the last one.
class Lateness {
 public:
  static constexpr std::chrono::microseconds width{5};
  static constexpr std::size_t classes = 10'000;

  void add(std::chrono::nanoseconds late);
  [[nodiscard]] std::chrono::nanoseconds max() const { return max_; }
  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// An upper bound, to the class's width, of the share `part` (0 to 1) that was least late; zero
  /// of nothing.
  [[nodiscard]] std::chrono::microseconds quantile(double part) const;

 private:
  std::vector<std::uint64_t> counts_ = std::vector<std::uint64_t>(classes);
  std::uint64_t count_ = 0;
  std::chrono::nanoseconds max_{0};
};

}  // namespace jointca::overlays
