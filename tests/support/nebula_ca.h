// tests/support/nebula_ca.h — a Nebula CA with one unshared key, for tests.
#pragma once

#include <string_view>

#include "crypto/rng.h"
#include "crypto/signing_key.h"
#include "nebula-adapter/issue.h"

namespace jointca::test {

inline constexpr std::int64_t nebula_now = 1'800'000'000;

inline ca::Prefix prefix(std::string_view text) { return *ca::Prefix::parse(text); }

inline SigningKey key_from(std::uint8_t byte) {
  return SigningKey(Secret<32>::make([&](auto out) { std::fill(out.begin(), out.end(), byte); }));
}

/// Signs whatever encodes, also what no signer should: for tests of verifiers.
inline nebula::Certificate sign_nebula(nebula::Version version, const nebula::Details& details,
                                       const SigningKey& key) {
  const auto message = nebula::to_be_signed(version, details);
  return *nebula::assemble(version, details, key.sign(*message));
}

/// Valid from a day before to a year after nebula_now; 10.42.0.0/16 and the groups web and db.
inline nebula::Details nebula_ca_details(const SigningKey& key) {
  return nebula::ca_details("mesh", {prefix("10.42.0.0/16")}, {"web", "db"}, nebula_now - 86400,
                            nebula_now + 365 * 86400, nebula::Curve::curve25519,
                            key.public_key().bytes);
}

inline nebula::Details nebula_leaf_details(const nebula::Certificate& ca) {
  return nebula::leaf_details(ca, "web1", {prefix("10.42.0.7/16")}, {"web"}, nebula_now - 60,
                              nebula_now + 7 * 86400, key_from(9).public_key().bytes);
}

}  // namespace jointca::test
