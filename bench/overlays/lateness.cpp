// bench/overlays/lateness.cpp — how much later than due packets left the switch.
#include "bench/overlays/lateness.h"

#include <algorithm>

namespace jointca::overlays {

void Lateness::add(std::chrono::nanoseconds late) {
  const auto positive = std::max(late, std::chrono::nanoseconds(0));
  const auto index = static_cast<std::size_t>(positive / width);
  ++counts_[std::min(index, classes - 1)];
  ++count_;
  max_ = std::max(max_, positive);
}

std::chrono::microseconds Lateness::quantile(double part) const {
  if (count_ == 0) return std::chrono::microseconds(0);
  const double wanted = part * static_cast<double>(count_);
  std::uint64_t seen = 0;
  std::size_t index = 0;
  do seen += counts_[index++];
  while (static_cast<double>(seen) < wanted && index < classes);
  return width * static_cast<std::int64_t>(index);
}

}  // namespace jointca::overlays
