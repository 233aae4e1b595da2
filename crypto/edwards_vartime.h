// crypto/edwards_vartime.h — variable-time arithmetic on edwards25519, for public data only.
//
// libsodium's point operations are constant time and check the subgroup at every call, which costs
// several times what verifying public equations needs. Nothing secret may come here: secrets are
// multiplied by libsodium alone (crypto/ed25519.h). Tests compare each operation with libsodium.
//
// Field elements are 5 limbs of 51 bits; points are extended coordinates (Hisil, Wong, Carter,
// Dawson: https://eprint.iacr.org/2008/522, §3).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"

namespace jointca::edwards {

/// q = 2^252 + 27742317777372353535851937790883648493, the order of the base point.
inline constexpr Digest group_order{
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};

/// An integer mod p = 2^255 − 19: the sum of limb[i]·2^(51·i). Limbs stay below 2^54.
struct Field {
  std::array<std::uint64_t, 5> limb{};
};

/// (X : Y : Z : T) with x = X/Z, y = Y/Z, x·y = T/Z. The default is the identity.
struct Extended {
  Field X{};
  Field Y{{1}};
  Field Z{{1}};
  Field T{};
};

/// A term of a sum: a scalar, 32 bytes little-endian below 2^253, and its point.
struct Term {
  Digest scalar;
  const Extended* point;
};

/// RFC 8032 §5.1.3, strict: y below p, and no sign bit on x = 0. Any point of the curve passes.
[[nodiscard]] std::optional<Extended> decompress(const Digest& encoding);
/// Each of many, faster where the processor can (crypto/edwards_eight.h).
[[nodiscard]] std::vector<std::optional<Extended>> decompress(std::span<const Digest> encodings);
/// RFC 8032 §5.1.2.
[[nodiscard]] Digest compress(const Extended& point);
/// The same point with Z = 1.
[[nodiscard]] Extended normalised(const Extended& point);

[[nodiscard]] Extended add(const Extended& a, const Extended& b);
[[nodiscard]] Extended negate(const Extended& point);
[[nodiscard]] bool is_identity(const Extended& point);
[[nodiscard]] bool equal(const Extended& a, const Extended& b);
/// Whether [q]P is the identity, for the prime q of Scalar.
[[nodiscard]] bool has_prime_order(const Extended& point);

/// base_scalar·B + Σ scalar·point (Straus with width-5 non-adjacent forms). An all-zero
/// `base_scalar` costs nothing.
[[nodiscard]] Extended multiexp(const Digest& base_scalar, std::span<const Term> terms);
/// Σ scalar·point over points with Z = 1, as decompress() gives them: from a hundred terms on with
/// fewer additions than multiexp(), the fewer the more there are (Pippenger's buckets).
[[nodiscard]] Extended multiexp_many(std::span<const Term> terms);
/// The same without instructions that not every processor has.
[[nodiscard]] Extended multiexp_many_portably(std::span<const Term> terms);
/// Σ x^k·coefficient[k], by Horner's rule.
[[nodiscard]] Extended horner(std::span<const Extended* const> coefficients, std::uint64_t x);

}  // namespace jointca::edwards
