// wg-adapter/open_all.h — opening the bindings of a whole authority at once.
#pragma once

#include <vector>

#include "crypto/ed25519.h"
#include "wg-adapter/select.h"

namespace jointca::wireguard {

struct OpenedAll {
  std::vector<Opened> opened;
  std::vector<LeftOut> left_out;  ///< rule "signature": not readable, another authority's, unsigned
};

/// open() on each. The result is that of opening them one by one, sooner.
[[nodiscard]] OpenedAll open_all(const std::vector<std::string>& tokens, const Digest& authority,
                                 const PublicKey& key);

}  // namespace jointca::wireguard
