// daemon/evidence_exhibits.h — what the checks of issuance and of lists have in common. For
// *_evidence.cpp only.
#pragma once

#include "daemon/messages.h"
#include "threshold/evidence.h"

namespace jointca::daemon {

[[nodiscard]] inline Unexpected<Error> innocent(const std::string& reason) {
  return failed(Error::Code::verification, "evidence: " + reason);
}

/// The one message of this type that is all of the evidence.
[[nodiscard]] inline Result<const Envelope*, Error> one_exhibit(const Evidence& evidence,
                                                                MessageType type) {
  if (evidence.envelopes.size() != 1 || !evidence.headers.empty() || !evidence.inputs.empty() ||
      evidence.envelopes[0].header.round != static_cast<std::uint16_t>(type))
    return innocent("expected one message of round " +
                    std::to_string(static_cast<std::uint16_t>(type)));
  return &evidence.envelopes[0];
}

/// Convicts if `answer` reports a proposal to all that the party it is addressed to did not sign.
[[nodiscard]] inline Result<Ok, Error> check_invented(const Envelope& answer, MessageType proposal,
                                                      const Digest& digest,
                                                      const SignatureBytes& signature,
                                                      const EvidenceContext& context) {
  const auto coordinator = answer.header.to == 0
                               ? context.roster.end()
                               : context.roster.find(Identifier(answer.header.to));
  if (coordinator == context.roster.end()) return innocent("not an answer to a coordinator");
  const SignedHeader reported{{answer.header.authority, answer.header.session,
                               static_cast<std::uint16_t>(proposal), answer.header.to, 0},
                              digest,
                              signature};
  if (verify(reported, coordinator->second)) return innocent("the coordinator made this proposal");
  return Ok{};
}

}  // namespace jointca::daemon
