// cli/revocation_source.h — the list of revocations that a command is given.
#pragma once

#include <string>

#include "ca/authority.h"
#include "ca/revocations.h"

namespace jointca::cli {

/// The list in a file ("-": standard input) or at "https://HOST:PORT" of a party of the authority,
/// whose identity key is pinned. As daemon::verify_revocations(): signed by t parties, holding at
/// `at`, with a number not below `number_min`. Fails with `usage` on an address that is on no
/// party's card.
[[nodiscard]] Result<ca::Revocations, Error> read_revocations(const std::string& place,
                                                              const ca::Authority& authority,
                                                              Time at, std::uint64_t number_min);

}  // namespace jointca::cli
