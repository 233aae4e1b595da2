// ca/logged.h — which parties have proven that they logged a certificate. What relying hosts and
// auditors ask before they believe one: a signature alone does not say that anybody can find it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ca/authority.h"

namespace jointca::ca {

/// A party that logged a certificate, and the proof by which we know.
struct LoggedBy {
  std::uint16_t party = 0;             ///< its identifier
  std::string proof;                   ///< the name under which the proof was given
  std::uint64_t index = 0;             ///< of the entry in the party's log
  std::uint64_t size = 0;              ///< of the log, in the checkpoint of the proof
  std::vector<std::string> cosigners;  ///< names of the other parties that have seen that log
};

struct LogProofs {
  std::vector<LoggedBy> parties;             ///< by identifier; no two of them have one log key
  std::map<std::string, std::string> wrong;  ///< proofs that do not hold here, and why

  [[nodiscard]] bool suffice(const Authority& authority) const {
    return parties.size() >= authority.min_signers;
  }
};

/// Checks C2SP tlog-proofs (docs/formats/log-proof.md), texts by any name, for the certificate of
/// these to-be-signed bytes and this signature, which itself is not verified. A proof holds if its
/// `extra` is an issue entry of this authority with the same bytes and R, and its leaf is in the
/// log of a party that the entry names as a signer. A bad signature by that log's key or by any
/// party's cosigner key refuses the proof. Two proofs under one log key count once.
[[nodiscard]] LogProofs check_logged(const Authority& authority, BytesView to_be_signed,
                                     const SignatureBytes& signature,
                                     const std::map<std::string, std::string>& proofs);

}  // namespace jointca::ca
