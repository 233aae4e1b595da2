// cli/clock.h — where the commands read the time; everything below them receives it.
#pragma once

#include <chrono>

#include "base/time.h"

namespace jointca::cli {

[[nodiscard]] inline Time now() {
  return std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
}

}  // namespace jointca::cli
