// daemon/certificate_service.h — `jointca serve` for an authority of a scheme that nothing is
// issued under yet: shows authority.json to parties whose ceremony stopped before the certificate,
// and tells everyone else that there is nothing to be had.
#pragma once

#include "daemon/server.h"

namespace jointca::daemon {

/// Runs until SIGTERM or SIGINT; the secrets in `state` are wiped before. Fails if the share does
/// not belong to the authority, or a port cannot be bound.
[[nodiscard]] Result<Ok, Error> serve_certificate(PartyState state, const ca::Authority& authority,
                                                  const ServeOptions& options);

}  // namespace jointca::daemon
