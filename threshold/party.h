// threshold/party.h — who takes part.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <set>

#include "base/assert.h"
#include "base/codec.h"

namespace jointca {

/// The most parties an authority may have, and the bound of every list of parties on the wire.
inline constexpr std::uint16_t parties_max = 64;

/// A party's number, 1 … n, and its point on the polynomial. Zero is not an identifier: f(0) is the
/// secret. Being far below q, two identifiers are never equal mod q (D7).
class Identifier {
 public:
  explicit Identifier(std::uint16_t value) : value_(value) { JCA_ASSERT(value != 0); }

  [[nodiscard]] std::uint16_t value() const { return value_; }
  auto operator<=>(const Identifier&) const = default;

 private:
  std::uint16_t value_;
};

/// One value per party, in the order of identifiers. Duplicates cannot be expressed.
template <class T>
using PerParty = std::map<Identifier, T>;
using PartySet = std::set<Identifier>;

/// 1 … n.
[[nodiscard]] inline PartySet first_parties(std::uint16_t n) {
  PartySet all;
  for (std::uint16_t i = 1; i <= n; ++i) all.emplace(i);
  return all;
}

/// A big-endian u16, 1 … max.
[[nodiscard]] inline Parsed<Identifier> read_identifier(Reader& in,
                                                        std::uint16_t max = parties_max) {
  JCA_ASSIGN(const auto value, in.integer<std::uint16_t>(1, max));
  return Identifier(value);
}

template <class T>
[[nodiscard]] PartySet parties_of(const PerParty<T>& values) {
  PartySet all;
  for (const auto& entry : values) all.insert(entry.first);
  return all;
}

}  // namespace jointca
