// tests/support/host_set.h — a host's files under the CA of nebula_ca.h, to be spoilt by tests.
#pragma once

#include <string>
#include <vector>

#include "crypto/x25519.h"
#include "nebula-adapter/host_set.h"
#include "nebula-adapter/key_file.h"
#include "tests/support/nebula_ca.h"

namespace jointca::test {

inline X25519Key x25519_from(std::uint8_t byte) {
  return X25519Key(Secret<32>::make([&](auto out) { std::fill(out.begin(), out.end(), byte); }));
}

struct HostFiles {
  nebula::Certificate ca;
  std::string bundle;
  std::vector<nebula::Certificate> leaves;  ///< version 1, version 2
  std::string after_leaves;                 ///< text behind them in the file
  std::uint8_t key = 9;                     ///< of x25519_from()
  std::string key_text;                     ///< instead of it, if not empty

  HostFiles() {
    const SigningKey signer = key_from(1);
    nebula::Details details = nebula_ca_details(signer);
    details.networks.clear();
    ca = sign_nebula(nebula::Version::v1, details, signer);
    bundle = nebula::to_pem(ca);
    leaves = {leaf(nebula::Version::v1), leaf(nebula::Version::v2)};
  }

  /// Valid from a minute before to a week after nebula_now.
  template <class Change>
  [[nodiscard]] nebula::Certificate leaf(nebula::Version version, Change change) const {
    nebula::Details details = nebula_leaf_details(ca);
    details.public_key = to_bytes(x25519_from(9).public_key());
    if (version == nebula::Version::v2) details.networks.push_back(prefix("fd42::7/64"));
    change(details);
    return sign_nebula(version, details, key_from(1));
  }
  [[nodiscard]] nebula::Certificate leaf(nebula::Version version) const {
    return leaf(version, [](nebula::Details&) {});
  }

  [[nodiscard]] nebula::HostSet set() const {
    nebula::HostSet out;
    out.ca = bundle;
    for (const nebula::Certificate& each : leaves) out.certificate += nebula::to_pem(each);
    out.certificate += after_leaves;
    out.key = key_text.empty()
                  ? nebula::encode_private_key(nebula::KeyUse::host, nebula::Curve::curve25519,
                                               x25519_from(key).secret().expose())
                  : SecretBytes(to_bytes(key_text));
    return out;
  }
};

}  // namespace jointca::test
