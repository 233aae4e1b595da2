#include "daemon/list_evidence.h"

#include "daemon/evidence_exhibits.h"
#include "daemon/list_messages.h"

namespace jointca::daemon {
namespace {

Result<const Envelope*, Error> exhibit(const Evidence& evidence) {
  return one_exhibit(evidence, MessageType::list_commitments);
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
  if (!message) return innocent("not an answer to a coordinator");
  return check_invented(*envelope, MessageType::list_proposal, message->proposal,
                        message->coordinator_signature, context);
}

}  // namespace

EvidenceChecks list_checks() {
  return {{"list.commitments.malformed", check_malformed},
          {"list.commitments.proposal", check_proposal}};
}

}  // namespace jointca::daemon
