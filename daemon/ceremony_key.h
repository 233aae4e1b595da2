// daemon/ceremony_key.h — what differs between the schemes in a key ceremony: making the key, and
// signing the CA certificates with it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "daemon/channel.h"
#include "threshold/joint_key.h"

namespace jointca {
class Rng;
}

namespace jointca::daemon {

using Progress = std::function<void(const std::string&)>;

/// Who makes the key. The channel's members are all parties, its session is that of the ceremony.
struct KeyMakers {
  Identifier self;
  std::uint16_t min_signers;
  PartySet parties;
};

struct MadeKey : MoveOnly {
  MadeKey(JointKeyPackage the_package, const Digest& the_transcript)
      : package(std::move(the_package)), transcript(the_transcript) {}
  JointKeyPackage package;
  Digest transcript;  ///< over all that made it
};

/// The moduli of one party of p256.
struct AuxPrimes : MoveOnly {
  AuxPrimes(PrimePair the_paillier, PrimePair the_pedersen)
      : paillier(std::move(the_paillier)), pedersen(std::move(the_pedersen)) {}
  PrimePair paillier, pedersen;
};
/// Four safe primes of the production parameters; takes many seconds of one core.
[[nodiscard]] Result<AuxPrimes, Error> search_primes(const Progress& progress, Rng& rng);

transport::awaitable<CeremonyResult<MadeKey>> make_ed25519_key(Channel& channel,
                                                               const KeyMakers& makers, Rng& rng);
/// Auxiliary information, then the key.
transport::awaitable<CeremonyResult<MadeKey>> make_p256_key(Channel& channel,
                                                            const KeyMakers& makers,
                                                            AuxPrimes primes,
                                                            const Progress& progress, Rng& rng);

/// One signature of the joint key for each message, which this party itself derived: 64 bytes, or
/// DER with low s. Of Ed25519 all parties sign; of p256 the first min_signers, who give the
/// signatures to the others: fault "ceremony.ca_signatures" of all signers
/// (local: nobody's are of these messages).
transport::awaitable<CeremonyResult<std::vector<Bytes>>> sign_messages(
    Channel& channel, const JointKeyPackage& package, const std::vector<Bytes>& messages, Rng& rng);

}  // namespace jointca::daemon
