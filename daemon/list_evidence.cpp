#include "daemon/list_evidence.h"

#include "daemon/list_messages.h"

namespace jointca::daemon {
namespace {

Unexpected<Error> innocent(const std::string& reason) {
  return failed(Error::Code::verification, "evidence: " + reason);
}

/// The one exhibit of both checks: an answer to a proposed list.
Result<const Envelope*, Error> exhibit(const Evidence& evidence) {
  if (evidence.envelopes.size() != 1 || !evidence.headers.empty() || !evidence.inputs.empty() ||
      evidence.envelopes[0].header.round !=
          static_cast<std::uint16_t>(MessageType::list_commitments))
    return innocent("expected one answer to a proposed list");
  return &evidence.envelopes[0];
}

Result<Ok, Error> check_malformed(const Evidence& evidence, const EvidenceContext& /*context*/) {
  JCA_ASSIGN(const Envelope* envelope, exhibit(evidence));
  const auto message = parse(std::type_identity<ListCommitments>{}, envelope->payload);
  if (!message) return Ok{};
  const auto pairs = parse(std::type_identity<frost::CommitMessage>{}, message->commitments);
  if (pairs && pairs->commitments.size() == 1) return innocent("the message is well-formed");
  return Ok{};
}

Result<Ok, Error> check_proposal(const Evidence& evidence, const EvidenceContext& context) {
  JCA_ASSIGN(const Envelope* envelope, exhibit(evidence));
  const auto message = parse(std::type_identity<ListCommitments>{}, envelope->payload);
  const auto coordinator = envelope->header.to == 0
                               ? context.roster.end()
                               : context.roster.find(Identifier(envelope->header.to));
  if (!message || coordinator == context.roster.end())
    return innocent("not an answer to a coordinator");
  const SignedHeader reported{
      {envelope->header.authority, envelope->header.session,
       static_cast<std::uint16_t>(MessageType::list_proposal), envelope->header.to, 0},
      message->proposal,
      message->coordinator_signature};
  if (verify(reported, coordinator->second)) return innocent("the coordinator made this proposal");
  return Ok{};
}

}  // namespace

EvidenceChecks list_checks() {
  return {{"list.commitments.malformed", check_malformed},
          {"list.commitments.proposal", check_proposal}};
}

}  // namespace jointca::daemon
