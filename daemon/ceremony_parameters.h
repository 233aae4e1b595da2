// daemon/ceremony_parameters.h — what the operators of a key ceremony have to agree on beforehand.
#pragma once

#include <string>
#include <vector>

#include "base/codec.h"
#include "base/time.h"
#include "ca/authority.h"

namespace jointca::daemon {

/// What every operator has to give alike.
struct CeremonyParameters {
  std::string name;    ///< of the CA
  std::string scheme;  ///< "ed25519" or "p256"
  std::uint16_t min_signers = 0;
  std::vector<ca::Prefix> networks;  ///< in the operator's order
  std::vector<std::string> groups;
  Duration valid{};                  ///< of each CA certificate
  std::uint8_t successors = 0;       ///< CA certificates after the first
  std::vector<ca::PartyCard> cards;  ///< by name: position + 1 is the identifier
};
void encode(const CeremonyParameters& parameters, Writer& out);
Parsed<CeremonyParameters> parse(std::type_identity<CeremonyParameters>, BytesView input);

/// Sorts the cards and refuses what no ceremony could make: unknown scheme, t outside 2 … n or, of
/// p256, more than can presign together (presign::check_quorum), more than 64 parties, equal names
/// or keys, no network, our own card missing.
[[nodiscard]] Result<CeremonyParameters, Error> checked(CeremonyParameters parameters,
                                                        const PublicKey& self);
/// The first field in which they differ, in words, or nothing.
[[nodiscard]] std::string difference(const CeremonyParameters& ours,
                                     const CeremonyParameters& theirs);

/// Stands for the authority in headers, while there is none.
[[nodiscard]] Digest parameters_digest(BytesView parameters);

}  // namespace jointca::daemon
