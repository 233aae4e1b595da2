// wg-adapter/open_all.h — opening the bindings of a whole authority at once.
#pragma once

#include <vector>

#include "crypto/ed25519.h"
#include "wg-adapter/select.h"

namespace jointca::wireguard {

/// As many bindings as a host takes.
inline constexpr std::size_t bindings_max = 20'000;
inline constexpr std::size_t bindings_bytes_max = std::size_t{96} << 20;

/// {"bindings":[TOKEN, …]}: what parties serve and hosts keep. Nothing in a token is checked.
[[nodiscard]] Parsed<std::vector<std::string>> parse_bindings(std::string_view text);
[[nodiscard]] std::string bindings_json(const std::vector<std::string>& tokens);

struct OpenedAll {
  std::vector<Opened> opened;
  std::vector<LeftOut> left_out;  ///< rule "signature": not readable, another authority's, unsigned
};

/// open() on each. The result is that of opening them one by one, sooner.
[[nodiscard]] OpenedAll open_all(const std::vector<std::string>& tokens, const Digest& authority,
                                 const PublicKey& key);

}  // namespace jointca::wireguard
