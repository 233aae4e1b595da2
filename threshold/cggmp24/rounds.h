// threshold/cggmp24/rounds.h — Header::round of the messages of CGGMP24; see threshold/round.h.
#pragma once

#include <cstdint>

namespace jointca::cggmp24::round_number {

inline constexpr std::uint16_t keygen_commitments = 32;
inline constexpr std::uint16_t keygen_openings = 33;
inline constexpr std::uint16_t keygen_proofs = 34;
inline constexpr std::uint16_t aux_commitments = 35;
inline constexpr std::uint16_t aux_openings = 36;
inline constexpr std::uint16_t aux_proofs = 37;
inline constexpr std::uint16_t presign_secrets = 38;
inline constexpr std::uint16_t presign_products = 39;
inline constexpr std::uint16_t presign_shares = 40;
inline constexpr std::uint16_t presign_reasons = 41;
inline constexpr std::uint16_t sign_partials = 42;

}  // namespace jointca::cggmp24::round_number
