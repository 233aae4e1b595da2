#include "daemon/evidence_dir.h"

#include <filesystem>

#include "crypto/hash.h"
#include "daemon/files.h"
#include "daemon/messages.h"

namespace jointca::daemon {
namespace {

Unexpected<Error> innocent(const std::string& reason) {
  return failed(Error::Code::verification, "evidence: " + reason);
}

/// The one exhibit of both checks: an answer to a proposal.
Result<const Envelope*, Error> commitments_exhibit(const Evidence& evidence) {
  if (evidence.envelopes.size() != 1 || !evidence.headers.empty() || !evidence.inputs.empty() ||
      evidence.envelopes[0].header.round != static_cast<std::uint16_t>(MessageType::commitments))
    return innocent("expected one answer to a proposal");
  return &evidence.envelopes[0];
}

Result<Ok, Error> check_malformed(const Evidence& evidence, const EvidenceContext& /*context*/) {
  JCA_ASSIGN(const Envelope* envelope, commitments_exhibit(evidence));
  const auto message = parse(std::type_identity<CommitmentsMessage>{}, envelope->payload);
  if (message && (message->commitments.empty() ||
                  parse(std::type_identity<frost::CommitMessage>{}, message->commitments)))
    return innocent("the message is well-formed");
  return Ok{};
}

Result<Ok, Error> check_proposal(const Evidence& evidence, const EvidenceContext& context) {
  JCA_ASSIGN(const Envelope* envelope, commitments_exhibit(evidence));
  const auto message = parse(std::type_identity<CommitmentsMessage>{}, envelope->payload);
  const auto coordinator = envelope->header.to == 0
                               ? context.roster.end()
                               : context.roster.find(Identifier(envelope->header.to));
  if (!message || coordinator == context.roster.end())
    return innocent("not an answer to a coordinator");
  const SignedHeader reported{
      {envelope->header.authority, envelope->header.session,
       static_cast<std::uint16_t>(MessageType::proposal), envelope->header.to, 0},
      message->proposal,
      message->coordinator_signature};
  if (verify(reported, coordinator->second)) return innocent("the coordinator made this proposal");
  return Ok{};
}

}  // namespace

Result<std::string, Error> keep_evidence(const std::string& directory, const Evidence& evidence) {
  JCA_TRY(make_private_directory(directory));
  const std::string text = to_json(evidence);
  const std::string kind = std::to_string(evidence.culprit.value()) + "-" + evidence.check + "-";
  const std::string path =
      directory + "/" + kind + to_hex(sha256(as_bytes(text))).substr(0, 12) + ".json";
  if (file_exists(path)) return path;
  std::size_t files = 0;
  std::error_code problem;
  for (auto it = std::filesystem::directory_iterator(directory, problem);
       !problem && it != std::filesystem::directory_iterator(); it.increment(problem))
    files += it->path().filename().string().starts_with(kind) ? 1 : 0;
  if (files >= evidence_files_max)
    return failed(directory + ": enough evidence of this kind is kept already");
  JCA_TRY(write_file(path, as_bytes(text), 0644, Overwrite::allow));
  return path;
}

EvidenceChecks all_checks() {
  EvidenceChecks checks = threshold_checks();
  checks.emplace("issuance.commitments.malformed", check_malformed);
  checks.emplace("issuance.commitments.proposal", check_proposal);
  return checks;
}

}  // namespace jointca::daemon
