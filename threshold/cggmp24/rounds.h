// threshold/cggmp24/rounds.h — Header::round of the messages of CGGMP24; see threshold/round.h.
#pragma once

#include <cstdint>

namespace jointca::cggmp24::round_number {

inline constexpr std::uint16_t keygen_commitments = 32;
inline constexpr std::uint16_t keygen_openings = 33;
inline constexpr std::uint16_t keygen_proofs = 34;

}  // namespace jointca::cggmp24::round_number
