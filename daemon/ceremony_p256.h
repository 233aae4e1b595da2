// daemon/ceremony_p256.h — the first signatures under a key of CGGMP24.
#pragma once

#include "daemon/ceremony_key.h"

namespace jointca::daemon {

/// sign_messages() of that scheme. For each message the signers presign in a session of its own,
/// whose id is made of fresh nonces of all of them, agree on the request by echo and sign; a
/// presignature is never kept.
transport::awaitable<CeremonyResult<std::vector<Bytes>>> sign_messages_p256(
    Channel& channel, const cggmp24::KeyPackage& package, const std::vector<Bytes>& messages,
    Rng& rng);

}  // namespace jointca::daemon
