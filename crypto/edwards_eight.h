// crypto/edwards_eight.h — eight field elements at once, for the square roots of many points.
#pragma once

#include "crypto/edwards_vartime.h"

namespace jointca::edwards {

using Eight = std::array<Field, 8>;

/// a^((p−5)/8) of each. Limbs below 2^52. With AVX-512 IFMA, where the processor has it, in a
/// quarter of the time that it takes one by one.
[[nodiscard]] Eight powers_p58(const Eight& a);

}  // namespace jointca::edwards
