// threshold/cggmp24/context.h — what every proof is bound to, and how challenges come from hashes.
#pragma once

#include <string_view>
#include <vector>

#include "crypto/p256_group.h"
#include "crypto/transcript.h"
#include "threshold/cggmp24/parameters.h"

namespace jointca::cggmp24 {

/// Where and for what a proof is made. It convinces nowhere else (P7).
struct Context {
  const Parameters& parameters;
  Digest session;            ///< of the run: parties, keys and auxiliary data are hashed into it
  std::uint64_t epoch;       ///< of the key
  std::string_view purpose;  ///< the place in the protocol: "presign.r1.k"
  Identifier prover;
};

/// The name of the check that failed.
using Checked = Result<Ok, std::string_view>;
[[nodiscard]] inline Checked require(bool holds, std::string_view check) {
  if (!holds) return Unexpected{check};
  return Ok{};
}

/// A transcript that holds the label and all of `context`.
[[nodiscard]] Transcript begin_challenge(std::string_view label, const Context& context);

/// e ∈ [0, q), uniform.
[[nodiscard]] p256::Scalar scalar_challenge(Transcript transcript);
/// `count` ≤ 512 bits.
[[nodiscard]] std::vector<bool> bit_challenge(Transcript transcript, std::size_t count);
/// `count` integers in [0, N), at most 2^−128 from uniform.
[[nodiscard]] std::vector<Integer> residue_challenge(Transcript transcript, const Integer& N,
                                                     std::size_t count);

}  // namespace jointca::cggmp24
