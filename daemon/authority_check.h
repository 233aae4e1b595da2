// daemon/authority_check.h — whether an authority.json is what all its parties signed.
#pragma once

#include <string_view>

#include "ca/authority.h"
#include "ca/constraints.h"
#include "nebula-adapter/succession.h"
#include "threshold/ceremony.h"

namespace jointca::daemon {

/// The identity keys of the parties, by identifier.
[[nodiscard]] PerParty<PublicKey> roster_of(const ca::Authority& authority);

/// What the n signatures of the ceremony certificate cover: session, transcript, group key,
/// verifying shares and, as `extra`, the authority's content.
[[nodiscard]] Result<ceremony::Statement, Error> statement_of(const ca::Authority& authority);

/// Parses an authority.json and checks that its id is the digest of its statement, that every
/// party signed it, and that the CA certificates follow each other and are of the group key.
[[nodiscard]] Result<ca::Authority, Error> checked_authority(std::string_view json);

/// Its CA certificates, of an authority that was checked.
[[nodiscard]] nebula::Succession succession_of(const ca::Authority& authority);

/// What the authority as a whole allows, from the beginning of its first CA certificate to the end
/// of its last.
[[nodiscard]] ca::Constraints constraints_of(const ca::Authority& authority);
/// The same for certificates that begin then: within the CA certificate that issues them.
[[nodiscard]] ca::Constraints constraints_at(const ca::Authority& authority,
                                             const nebula::Succession& succession, Time not_before);

}  // namespace jointca::daemon
