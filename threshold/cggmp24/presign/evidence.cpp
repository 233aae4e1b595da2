// threshold/cggmp24/presign/evidence.cpp — the named checks of presigning and signing, re-run.
#include "threshold/cggmp24/evidence_checks.h"
#include "threshold/cggmp24/evidence_kinds.h"
#include "threshold/cggmp24/presign/presign.h"
#include "threshold/cggmp24/sign.h"

namespace jointca::cggmp24 {

using namespace evidence_rules;
using namespace round_number;

namespace {

/// What the culprit had seen, from the inputs of exactly these names. It named it in its messages
/// by a digest, so that nobody can put other values in their place.
Result<presign::History, Error> history_of(const Parameters& set, const Evidence& evidence,
                                           std::size_t inputs) {
  auto history = presign::History::from(set, evidence.session, evidence.inputs);
  if (!history || evidence.inputs.size() != inputs)
    return acquitted("the inputs are not what a signer of these parameters saw");
  if (!history->setup().signers.contains(evidence.culprit))
    return acquitted("the culprit is no signer");
  return *std::move(history);
}

Verdict fails(const Evidence& evidence, const Checked& checked) {
  if (checked || checked.error() != evidence.check)
    return acquitted("the messages do not fail this check");
  return Ok{};
}

/// A broadcast and what went to one peer.
template <class ToAll, class ToEach>
EvidenceCheck presign_pair(const Parameters& set, std::uint16_t round, std::size_t inputs,
                           Checked (*check)(const presign::History&, Identifier, Identifier,
                                            const ToAll&, const ToEach&)) {
  return [&set, round, inputs, check](const Evidence& evidence, const EvidenceContext&) -> Verdict {
    JCA_ASSIGN(const auto history, history_of(set, evidence, inputs));
    if (evidence.envelopes.size() != 2 || !evidence.headers.empty())
      return acquitted("not the exhibits of this check");
    JCA_ASSIGN(const auto message, shown<ToAll>(evidence, 0, round, to_all));
    JCA_ASSIGN(const auto proofs, shown<ToEach>(evidence, 1, round, to_each));
    if (message.view != history.view() || proofs.view != history.view())
      return acquitted("the messages are of another view");
    const std::uint16_t to = evidence.envelopes[1].header.to;
    if (Identifier(to) == evidence.culprit || !history.setup().signers.contains(Identifier(to)))
      return acquitted("the messages are not for a signer");
    return fails(evidence, check(history, evidence.culprit, Identifier(to), message, proofs));
  };
}

/// A broadcast alone.
template <class ToAll>
EvidenceCheck presign_broadcast(const Parameters& set, std::uint16_t round, std::size_t inputs,
                                Checked (*check)(const presign::History&, Identifier,
                                                 const ToAll&)) {
  return [&set, round, inputs, check](const Evidence& evidence, const EvidenceContext&) -> Verdict {
    JCA_ASSIGN(const auto history, history_of(set, evidence, inputs));
    if (evidence.envelopes.size() != 1 || !evidence.headers.empty())
      return acquitted("not the exhibits of this check");
    JCA_ASSIGN(const auto message, shown<ToAll>(evidence, 0, round, to_all));
    if (message.view != history.view()) return acquitted("the message is of another view");
    if (round == presign_reasons && !history.mismatch())
      return acquitted("the shares sum to their products");
    return fails(evidence, check(history, evidence.culprit, message));
  };
}

/// Its round has one kind of message: to all, or to a coordinator alone.
Verdict sign_partial(const Evidence& evidence, const EvidenceContext&) {
  JCA_TRY(evidence_rules::require(evidence, 1, 0, {"presignature", "request"}));
  JCA_ASSIGN(const auto message, exhibit<sign::PartialMessage>(evidence, 0, {sign_partials}));
  const auto presignature =
      parse(std::type_identity<PublicPresignature>{}, evidence.inputs.at("presignature"));
  const auto request = parse(std::type_identity<sign::Request>{}, evidence.inputs.at("request"));
  if (!presignature || !request || presignature->id() != message.presignature ||
      request->digest() != message.request || request->session_id != evidence.session)
    return acquitted("the partial signature is of another presignature or request");
  const auto signer = presignature->signers.find(evidence.culprit);
  if (signer == presignature->signers.end()) return Ok{};  // an honest party does not sign then
  if (sign::verify_partial(sign::Terms(*presignature, *request), signer->second, message.sigma))
    return acquitted("the partial signature is right");
  return Ok{};
}

}  // namespace

EvidenceChecks presign_checks(const Parameters& set) {
  using namespace presign;
  const auto first = presign_pair(set, presign_secrets, 1, check_round1);
  const auto second = presign_pair(set, presign_products, 2, check_round2);
  const auto third = presign_broadcast(set, presign_shares, 3, check_round3);
  const auto last = presign_broadcast(set, presign_reasons, 4, check_reasons);
  return {
      {"cggmp24.presign.r1.malformed", malformed<Round1Message>(presign_secrets, to_all)},
      {"cggmp24.presign.r1.malformed_proofs", malformed<Round1Proofs>(presign_secrets, to_each)},
      {"cggmp24.presign.r1.view", local_only},
      {"cggmp24.presign.r1.k", first},
      {"cggmp24.presign.r1.gamma", first},
      {"cggmp24.presign.r2.malformed", malformed<Round2Message>(presign_products, to_all)},
      {"cggmp24.presign.r2.malformed_proofs", malformed<Round2Proofs>(presign_products, to_each)},
      {"cggmp24.presign.r2.view", local_only},
      {"cggmp24.presign.r2.recipients", second},
      {"cggmp24.presign.r2.elog", second},
      {"cggmp24.presign.r2.gamma", second},
      {"cggmp24.presign.r2.x", second},
      {"cggmp24.presign.r3.malformed", malformed<Round3Message>(presign_shares, to_all)},
      {"cggmp24.presign.r3.view", local_only},
      {"cggmp24.presign.r3.elog", third},
      {"cggmp24.presign.reasons.malformed", malformed<ReasonsMessage>(presign_reasons, to_all)},
      {"cggmp24.presign.reasons.view", local_only},
      {"cggmp24.presign.reasons.recipients", last},
      {"cggmp24.presign.reasons.dec", last},
      {"cggmp24.presign.reasons.affine", last},
      {"cggmp24.sign.malformed", malformed_in<sign::PartialMessage>({sign_partials})},
      {"cggmp24.sign.statement", local_only},
      {"cggmp24.sign.partial", sign_partial},
  };
}

}  // namespace jointca::cggmp24
