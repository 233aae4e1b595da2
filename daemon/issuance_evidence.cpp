#include "daemon/issuance_evidence.h"

#include "audit/split_view.h"
#include "crypto/hash.h"
#include "daemon/authority_check.h"
#include "daemon/evidence_exhibits.h"
#include "daemon/intent.h"
#include "daemon/list_evidence.h"

namespace jointca::daemon {
namespace {

Result<const Envelope*, Error> commitments_exhibit(const Evidence& evidence) {
  return one_exhibit(evidence, MessageType::commitments);
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
  if (!message) return innocent("not an answer to a coordinator");
  return check_invented(*envelope, MessageType::proposal, message->proposal,
                        message->coordinator_signature, context);
}

Result<Ok, Error> check_logged_malformed(const Evidence& evidence,
                                         const EvidenceContext& /*context*/) {
  JCA_ASSIGN(const Envelope* envelope, one_exhibit(evidence, MessageType::logged));
  if (parse(std::type_identity<LoggedMessage>{}, envelope->payload))
    return innocent("the message is well-formed");
  return Ok{};
}

/// The intent of a session, derived from what its coordinator sent and its signers answered.
Result<Intent, Error> derive_intent(const ca::Authority& authority, const EvidenceContext& context,
                                    const ProposalMessage& proposal, const SignRequest& request,
                                    const Header& session) {
  const nebula::Succession succession = succession_of(authority);
  const issued::Keys keys(authority.group_public_key);
  const x509::Details anchor = issued::anchor_of(authority, succession, keys);
  const ca::Party* coordinator = authority.party(session.to);
  if (coordinator == nullptr) return innocent("no coordinator");
  Intent intent{authority.id, session.session, coordinator->card.name, {}, {}, {}};
  const auto party_name = [&](const PublicKey& key) -> std::optional<std::string> {
    const ca::Party* party = authority.party(key);
    if (party == nullptr) return std::nullopt;
    return party->card.name;
  };
  std::vector<frost::Statement> statements;
  for (const std::uint16_t position : request.hosts) {
    if (position >= proposal.hosts.size()) return innocent("a host that was not proposed");
    const ProposedHost& host = proposal.hosts[position];
    const auto verified = verify_asked(host.request, authority.id, party_name);
    if (!verified) return innocent(verified.error().reason);
    const ca::Proposal asked =
        proposal_of(*verified, host.networks, host.not_before, host.not_after);
    auto items =
        expected_items(asked, {authority.id, succession, anchor, authority.networks, keys});
    if (!items) return innocent(items.error().reason);
    for (const Item& item : *items)
      statements.push_back({issued::purpose_of(item.kind()), item.to_be_signed});
    intent.hosts.push_back(intended(asked, *std::move(items)));
  }
  std::vector<std::size_t> item_counts;
  for (const ProposedHost& host : proposal.hosts)
    item_counts.push_back(item_count(host.request, host.networks));
  PerParty<frost::CommitMessage> commitments;
  for (const Envelope& envelope : request.commitments) {
    const auto signer = envelope.header.from == 0
                            ? context.roster.end()
                            : context.roster.find(Identifier(envelope.header.from));
    const Header expected{authority.id, session.session,
                          static_cast<std::uint16_t>(MessageType::commitments),
                          envelope.header.from, session.to};
    if (signer == context.roster.end() || envelope.header != expected ||
        !verify(envelope, signer->second))
      return innocent("commitments that no party of the session signed");
    const auto message = parse(std::type_identity<CommitmentsMessage>{}, envelope.payload);
    if (!message) return innocent(message.error().text());
    const auto all = parse(std::type_identity<frost::CommitMessage>{}, message->commitments);
    if (!all) return innocent(all.error().text());
    auto selected = commitments_for(*message, *all, request.hosts, item_counts);
    if (!selected) return innocent("commitments to other hosts");
    commitments.emplace(signer->first, *std::move(selected));
    intent.signers.push_back(authority.party(envelope.header.from)->card.name);
  }
  const auto package = frost::make_package(std::move(statements), commitments);
  if (!package) return innocent(package.error().reason);
  const auto joint = frost::join(*package, *context.group);
  if (!joint) return innocent(joint.error().message);
  for (const frost::Joint& each : *joint) intent.r.push_back(each.R.bytes());
  return intent;
}

/// The culprit signed that it saw this proposal, then that it logged in answer to this sign
/// request.
Result<Ok, Error> check_logged_proof(const ca::Authority& authority, const Evidence& evidence,
                                     const EvidenceContext& context) {
  const auto proposal_input = evidence.inputs.find("proposal");
  const auto request_input = evidence.inputs.find("request");
  if (evidence.envelopes.size() != 1 || !evidence.headers.empty() || evidence.inputs.size() != 2 ||
      proposal_input == evidence.inputs.end() || request_input == evidence.inputs.end() ||
      evidence.envelopes[0].header.round != static_cast<std::uint16_t>(MessageType::logged) ||
      !context.group)
    return innocent("expected an answer to a sign request, that request, and its proposal");
  const Envelope& exhibit = evidence.envelopes[0];
  const auto logged = parse(std::type_identity<LoggedMessage>{}, exhibit.payload);
  const auto proposal = parse(std::type_identity<ProposalMessage>{}, proposal_input->second);
  const auto request = parse(std::type_identity<SignRequest>{}, request_input->second);
  if (!logged || !proposal || !request) return innocent("a message that does not parse");
  if (logged->request != sha256(request_input->second))
    return innocent("another sign request was answered");
  bool saw_proposal = false;
  for (const Envelope& envelope : request->commitments) {
    if (envelope.header.from != evidence.culprit.value()) continue;
    const auto own = parse(std::type_identity<CommitmentsMessage>{}, envelope.payload);
    saw_proposal = own && own->proposal == sha256(proposal_input->second);
  }
  if (!saw_proposal) return innocent("the culprit was shown another proposal");
  JCA_ASSIGN(const Intent intent,
             derive_intent(authority, context, *proposal, *request, exhibit.header));
  const auto keys = ca::log_keys(authority.party(evidence.culprit.value())->card);
  if (!keys) return innocent(keys.error().text());
  if (check_logged(*logged, intent, keys->log)) return innocent("it logged the session");
  return Ok{};
}

}  // namespace

EvidenceChecks all_checks() {
  EvidenceChecks checks = threshold_checks();
  checks.emplace("issuance.commitments.malformed", check_malformed);
  checks.emplace("issuance.commitments.proposal", check_proposal);
  checks.emplace("issuance.logged.malformed", check_logged_malformed);
  checks.merge(list_checks());
  return checks;
}

EvidenceChecks all_checks(const ca::Authority& authority) {
  EvidenceChecks checks = all_checks();
  checks.merge(audit::audit_checks(authority));
  checks.emplace("issuance.logged.proof",
                 [authority](const Evidence& evidence, const EvidenceContext& context) {
                   return check_logged_proof(authority, evidence, context);
                 });
  return checks;
}

}  // namespace jointca::daemon
