// cli/host_files.h — a host's directory: which file is what, and the keys in it.
#pragma once

#include <optional>
#include <string>

#include "base/error.h"
#include "crypto/signing_key.h"
#include "crypto/x25519.h"

namespace jointca {
class Rng;
}

namespace jointca::cli {

/// The files under a host's DIR.
struct HostPaths {
  std::string dir;

  [[nodiscard]] std::string identity() const { return dir + "/identity.key"; }
  [[nodiscard]] std::string authority() const { return dir + "/authority.json"; }
  [[nodiscard]] std::string request() const { return dir + "/enroll.request"; }
  [[nodiscard]] std::string proofs() const { return dir + "/proofs"; }
  [[nodiscard]] std::string nebula() const { return dir + "/nebula"; }
  [[nodiscard]] std::string nebula_ca() const { return nebula() + "/ca.crt"; }
  [[nodiscard]] std::string nebula_certificate() const { return nebula() + "/host.crt"; }
  [[nodiscard]] std::string nebula_key() const { return nebula() + "/host.key"; }
};

struct HostKeys {
  SigningKey identity;
  X25519Key nebula;
};

/// The keys in the directory, which is made if it is missing; each is generated on first use and
/// never replaced. The first Nebula key is copied from the file `given`, if there is one; a later
/// call with another key fails. All local paths are proven writable by this, before any invitation
/// is used.
[[nodiscard]] Result<HostKeys, Error> open_host_keys(const HostPaths& paths,
                                                     const std::optional<std::string>& given,
                                                     Rng& rng);

}  // namespace jointca::cli
