// daemon/ceremony.h — the story of a key generation, as one of its n parties lives it.
//
//   hello     exchange parameters until everyone has everyone's → compare them field by field
//   roster    everyone has seen the same hellos → the session id
//   dkg       commitments, proofs, shares → our share of a key that nobody holds
//   self-sign all n parties sign the CA certificate, which each derived for itself
//   pending   share and result durable, sealed                  ← a crash from here on loses
//   nothing certify   n signatures over everything → the key is active → authority.json, share,
//   ca.crt, log
//
// A party that stops after "pending" may find the certificate at any other party, or complete it
// with them: the same statement is signed again, not another one.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/codec.h"
#include "base/time.h"
#include "ca/authority.h"
#include "daemon/state_dir.h"

namespace jointca::daemon {

/// What every operator has to give alike.
struct CeremonyParameters {
  std::string name;    ///< of the CA
  std::string scheme;  ///< "ed25519"
  std::uint16_t min_signers = 0;
  std::vector<ca::Prefix> networks;  ///< in the operator's order
  std::vector<std::string> groups;
  Duration valid{};
  std::vector<ca::PartyCard> cards;  ///< by name: position + 1 is the identifier
};
void encode(const CeremonyParameters& parameters, Writer& out);
Parsed<CeremonyParameters> parse(std::type_identity<CeremonyParameters>, BytesView input);

/// Sorts the cards and refuses what no ceremony could make: unknown scheme, t outside 2 … n, more
/// than 64 parties, equal names or keys, no network, our own card missing.
[[nodiscard]] Result<CeremonyParameters, Error> checked(CeremonyParameters parameters,
                                                        const PublicKey& self);
/// The first field in which they differ, in words, or nothing.
[[nodiscard]] std::string difference(const CeremonyParameters& ours,
                                     const CeremonyParameters& theirs);

struct CeremonyOptions {
  Duration timeout{300};
  /// Give up a ceremony that waits for its certificate. Its key is lost if others completed it.
  bool discard_pending = false;
  std::function<Time()> clock;
  std::function<void(const std::string&)> progress;  ///< a line at a time, for people
};

/// Runs until the authority stands or the ceremony failed. Blocks. Evidence against a party that
/// misbehaved is in DIR/evidence.
[[nodiscard]] Result<ca::Authority, Error> run_keygen(const PartyState& state,
                                                      const CeremonyParameters& parameters,
                                                      const CeremonyOptions& options, Rng& rng);

}  // namespace jointca::daemon
