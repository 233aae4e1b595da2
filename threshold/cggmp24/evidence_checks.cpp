// threshold/cggmp24/evidence_checks.cpp — each named check of CGGMP24's phases, re-run.
#include "threshold/cggmp24/evidence_checks.h"

#include "crypto/rng.h"
#include "threshold/cggmp24/aux_info.h"
#include "threshold/cggmp24/evidence_kinds.h"
#include "threshold/cggmp24/keygen.h"

namespace jointca::cggmp24 {

using namespace evidence_rules;
using namespace round_number;

namespace {

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

}  // namespace

EvidenceChecks evidence_checks(const Parameters& set) {
  EvidenceChecks checks = of_keygen();
  checks.merge(of_aux(set));
  checks.merge(presign_checks(set));
  return checks;
}

}  // namespace jointca::cggmp24
