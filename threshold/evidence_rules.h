// threshold/evidence_rules.h — what the checks of evidence of every protocol are made of.
//
// On entry all exhibits are known to be signed by the culprit in the one session of the evidence.
// A check demands exactly the exhibits and inputs that it reads: what it ignored could be altered.
#pragma once

#include <algorithm>

#include "threshold/evidence.h"

namespace jointca::evidence_rules {

using Verdict = Result<Ok, Error>;

[[nodiscard]] inline Unexpected<Error> acquitted(const std::string& why) {
  return failed(Error::Code::verification, "the evidence does not convict: " + why);
}

inline Verdict require(const Evidence& evidence, std::size_t envelopes, std::size_t headers,
                       std::initializer_list<std::string_view> inputs) {
  bool exact = evidence.envelopes.size() == envelopes && evidence.headers.size() == headers &&
               evidence.inputs.size() == inputs.size();
  for (const std::string_view name : inputs)
    exact = exact && evidence.inputs.contains(std::string(name));
  if (!exact) return acquitted("not the exhibits and inputs of this check");
  return Ok{};
}

/// The payload of exhibit `index`, which must be a valid message of one of `rounds`.
template <class Message>
Result<Message, Error> exhibit(const Evidence& evidence, std::size_t index,
                               std::initializer_list<std::uint16_t> rounds) {
  const Envelope& envelope = evidence.envelopes[index];
  if (std::find(rounds.begin(), rounds.end(), envelope.header.round) == rounds.end())
    return acquitted("a message is of another round");
  auto message = parse(std::type_identity<Message>{}, envelope.payload);
  if (!message) return acquitted("a message is malformed, which is another check");
  return *std::move(message);
}

/// One message that does not parse as what its round number says it is.
template <class Message>
EvidenceCheck malformed_in(std::vector<std::uint16_t> rounds) {
  return [rounds = std::move(rounds)](const Evidence& evidence, const EvidenceContext&) -> Verdict {
    JCA_TRY(require(evidence, 1, 0, {}));
    const Envelope& envelope = evidence.envelopes.front();
    if (std::find(rounds.begin(), rounds.end(), envelope.header.round) == rounds.end())
      return acquitted("the message is of another round");
    if (parse(std::type_identity<Message>{}, envelope.payload))
      return acquitted("the message is well formed");
    return Ok{};
  };
}

/// What only the accuser saw: there is nothing that would convince anyone else.
inline Verdict local_only(const Evidence&, const EvidenceContext&) {
  return acquitted("messages cannot prove this check");
}

}  // namespace jointca::evidence_rules
