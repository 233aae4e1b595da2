// tests/support/x509.h — an anchor and a leaf under a key of the test's own.
#pragma once

#include "crypto/hash.h"
#include "x509-adapter/issue.h"

namespace jointca::test {

inline constexpr Time x509_now = time_from_unix(1'795'400'000);
inline constexpr Duration x509_day{86400};

/// The key whose every byte is `seed`.
inline SigningKey x509_key(std::uint8_t seed) {
  return SigningKey(Secret<32>::make([&](auto out) { std::fill(out.begin(), out.end(), seed); }));
}

/// The anchor of the authority 00…, for 10.42.0.0/16 and fd42::/64, signed by x509_key(1).
inline x509::Details x509_anchor() {
  ca::Constraints constraints{
      {*ca::Prefix::parse("10.42.0.0/16"), *ca::Prefix::parse("fd42::/64")}, {}, x509_now, {}};
  constraints.not_after = x509_now + 365 * x509_day;
  return x509::authority_anchor({}, constraints, x509_key(1).public_key());
}

/// The host web-1, 10.42.0.7 and fd42::7, for a day from now; its key is x509_key(2), its identity
/// x509_key(3).
inline x509::Details x509_leaf() {
  const ca::Subject subject{"Web-1",
                            {*ca::Prefix::parse("fd42::7/64"), *ca::Prefix::parse("10.42.0.7/16")},
                            {"web"},
                            x509_now,
                            x509_now + x509_day};
  return x509::host_leaf(x509_anchor(), subject, sha256(as_bytes("request")),
                         x509_key(3).public_key(), x509::certified(x509_key(2).public_key()));
}

inline x509::Certificate x509_signed(const x509::Details& details,
                                     const SigningKey& key = x509_key(1)) {
  return *x509::assemble(details, key.sign(*x509::to_be_signed(details)));
}

}  // namespace jointca::test
