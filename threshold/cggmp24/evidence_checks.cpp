// threshold/cggmp24/evidence_checks.cpp — each named check of CGGMP24's phases, re-run.
#include "threshold/cggmp24/evidence_checks.h"

#include "crypto/rng.h"
#include "threshold/cggmp24/presign/presign.h"
#include "threshold/cggmp24/sign.h"
#include "threshold/evidence_rules.h"

namespace jointca::cggmp24 {

using namespace evidence_rules;
using namespace round_number;

namespace {

constexpr auto to_all = Exhibit::Kind::to_all;
constexpr auto to_each = Exhibit::Kind::to_each;

/// Whether a message is of this round and kind. Two kinds may have one number, and what is one of
/// them is a malformed one of the other.
bool is_of(const Envelope& envelope, std::uint16_t round, Exhibit::Kind kind) {
  return envelope.header.round == round && (envelope.header.to == 0) == (kind == to_all);
}

template <class M>
Result<M, Error> shown(const Evidence& evidence, std::size_t index, std::uint16_t round,
                       Exhibit::Kind kind) {
  if (!is_of(evidence.envelopes[index], round, kind))
    return acquitted("a message is of another round or kind");
  return exhibit<M>(evidence, index, {round});
}

template <class M>
EvidenceCheck malformed(std::uint16_t round, Exhibit::Kind kind) {
  return [round, kind](const Evidence& evidence, const EvidenceContext& context) -> Verdict {
    if (evidence.envelopes.empty() || !is_of(evidence.envelopes.front(), round, kind))
      return acquitted("the message is of another round or kind");
    return malformed_in<M>({round})(evidence, context);
  };
}

Verdict keygen_commitment(const Evidence& evidence, const EvidenceContext&) {
  JCA_TRY(evidence_rules::require(evidence, 2, 0, {}));
  JCA_ASSIGN(const auto committed,
             shown<keygen::CommitmentMessage>(evidence, 0, keygen_commitments, to_all));
  JCA_ASSIGN(const auto opening,
             shown<keygen::OpeningMessage>(evidence, 1, keygen_openings, to_all));
  if (keygen::commitment(evidence.session, evidence.culprit, opening) == committed.V)
    return acquitted("the opening is what was committed to");
  return Ok{};
}

Verdict keygen_degree(const Evidence& evidence, const EvidenceContext& context) {
  JCA_TRY(evidence_rules::require(evidence, 1, 0, {}));
  JCA_ASSIGN(const auto opening,
             shown<keygen::OpeningMessage>(evidence, 0, keygen_openings, to_all));
  if (opening.S.size() == context.min_signers) return acquitted("there are t coefficients");
  return Ok{};
}

Verdict keygen_share(const Evidence& evidence, const EvidenceContext& context) {
  JCA_TRY(evidence_rules::require(evidence, 2, 0, {}));
  JCA_ASSIGN(const auto opening,
             shown<keygen::OpeningMessage>(evidence, 0, keygen_openings, to_all));
  JCA_ASSIGN(const auto message,
             shown<keygen::ShareMessage>(evidence, 1, keygen_openings, to_each));
  const std::uint16_t to = evidence.envelopes[1].header.to;
  if (!context.roster.contains(Identifier(to)))
    return acquitted("the share is for nobody of this authority");
  SystemRng rng;
  if (keygen::verify_share(message.share, Identifier(to), opening, rng))
    return acquitted("the share is the one committed to");
  return Ok{};
}

Verdict keygen_proof(const Evidence& evidence, const EvidenceContext&) {
  JCA_TRY(evidence_rules::require(evidence, 2, 0, {}));
  JCA_ASSIGN(const auto opening,
             shown<keygen::OpeningMessage>(evidence, 0, keygen_openings, to_all));
  JCA_ASSIGN(const auto message, shown<keygen::ProofMessage>(evidence, 1, keygen_proofs, to_all));
  if (keygen::verify_proof(evidence.session, evidence.culprit, opening, message))
    return acquitted("the proof is of its own statement");
  return Ok{};
}

Verdict aux_commitment(const Evidence& evidence, const EvidenceContext&) {
  JCA_TRY(evidence_rules::require(evidence, 2, 0, {}));
  JCA_ASSIGN(const auto committed,
             shown<aux_info::CommitmentMessage>(evidence, 0, aux_commitments, to_all));
  JCA_ASSIGN(const auto opening,
             shown<aux_info::OpeningMessage>(evidence, 1, aux_openings, to_all));
  if (aux_info::commitment(evidence.session, evidence.culprit, opening) == committed.V)
    return acquitted("the opening is what was committed to");
  return Ok{};
}

/// The opening in exhibit 0, which must fail just this check.
EvidenceCheck aux_opening(const Parameters& set) {
  return [&set](const Evidence& evidence, const EvidenceContext&) -> Verdict {
    JCA_TRY(evidence_rules::require(evidence, 1, 0, {}));
    JCA_ASSIGN(const auto opening,
               shown<aux_info::OpeningMessage>(evidence, 0, aux_openings, to_all));
    const auto checked = aux_info::check_opening(set, evidence.session, evidence.culprit, opening);
    if (checked || checked.error() != evidence.check)
      return acquitted("the opening does not fail this check");
    return Ok{};
  };
}

/// The proof in exhibit 1 of the N in exhibit 0.
template <class M>
EvidenceCheck aux_proof(const Parameters& set, Exhibit::Kind kind,
                        bool (*verify)(const Parameters&, const Digest&, Identifier,
                                       const PaillierPublicKey&, const M&)) {
  return [&set, kind, verify](const Evidence& evidence, const EvidenceContext&) -> Verdict {
    JCA_TRY(evidence_rules::require(evidence, 2, 0, {}));
    JCA_ASSIGN(const auto opening,
               shown<aux_info::OpeningMessage>(evidence, 0, aux_openings, to_all));
    JCA_ASSIGN(const auto message, shown<M>(evidence, 1, aux_proofs, kind));
    const auto key = PaillierPublicKey::from(opening.N, set.modulus_bits());
    if (!key) return acquitted("the modulus fails another check");
    if (verify(set, evidence.session, evidence.culprit, *key, message))
      return acquitted("the proof is of its own statement");
    return Ok{};
  };
}

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

Verdict sign_partial(const Evidence& evidence, const EvidenceContext&) {
  JCA_TRY(evidence_rules::require(evidence, 1, 0, {"presignature", "request"}));
  JCA_ASSIGN(const auto message, shown<sign::PartialMessage>(evidence, 0, sign_partials, to_all));
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

EvidenceChecks of_keygen() {
  using namespace keygen;
  return {
      {"cggmp24.keygen.r1.malformed", malformed<CommitmentMessage>(keygen_commitments, to_all)},
      {"cggmp24.keygen.r2.malformed", malformed<OpeningMessage>(keygen_openings, to_all)},
      {"cggmp24.keygen.r2.malformed_share", malformed<ShareMessage>(keygen_openings, to_each)},
      {"cggmp24.keygen.r2.commitment", keygen_commitment},
      {"cggmp24.keygen.r2.degree", keygen_degree},
      {"cggmp24.keygen.r2.share", keygen_share},
      {"cggmp24.keygen.r3.malformed", malformed<ProofMessage>(keygen_proofs, to_all)},
      {"cggmp24.keygen.r3.proof", keygen_proof},
      {"cggmp24.keygen.r3.statement", local_only},
  };
}

EvidenceChecks of_aux(const Parameters& set) {
  using namespace aux_info;
  return {
      {"cggmp24.aux.r1.malformed", malformed<CommitmentMessage>(aux_commitments, to_all)},
      {"cggmp24.aux.r2.malformed", malformed<OpeningMessage>(aux_openings, to_all)},
      {"cggmp24.aux.r2.commitment", aux_commitment},
      {"cggmp24.aux.r2.modulus", aux_opening(set)},
      {"cggmp24.aux.r2.setup", aux_opening(set)},
      {"cggmp24.aux.r2.prm", aux_opening(set)},
      {"cggmp24.aux.r2.shared", local_only},
      {"cggmp24.aux.r3.malformed", malformed<ModulusMessage>(aux_proofs, to_all)},
      {"cggmp24.aux.r3.malformed_factor", malformed<FactorMessage>(aux_proofs, to_each)},
      {"cggmp24.aux.r3.mod", aux_proof(set, to_all, verify_modulus)},
      {"cggmp24.aux.r3.fac", aux_proof(set, to_each, verify_factor)},
      {"cggmp24.aux.r3.statement", local_only},
  };
}

EvidenceChecks of_presign(const Parameters& set) {
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
      {"cggmp24.sign.malformed", malformed<sign::PartialMessage>(sign_partials, to_all)},
      {"cggmp24.sign.statement", local_only},
      {"cggmp24.sign.partial", sign_partial},
  };
}

}  // namespace

EvidenceChecks evidence_checks(const Parameters& parameters) {
  EvidenceChecks checks = of_keygen();
  checks.merge(of_aux(parameters));
  checks.merge(of_presign(parameters));
  return checks;
}

}  // namespace jointca::cggmp24
