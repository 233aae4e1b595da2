// threshold/cggmp24/parameters.cpp — the parameters that the program uses.
#include "threshold/cggmp24/parameters.h"

namespace jointca::cggmp24 {

template <>
const Parameters& parameters<Production>() {
  static constexpr Parameters set("jointca/cggmp24/production/1", 1536, 256, 1280, 512, 128);
  static_assert(set.sound());
  return set;
}

}  // namespace jointca::cggmp24
