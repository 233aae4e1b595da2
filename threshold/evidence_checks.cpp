// threshold/evidence_checks.cpp — each named check of threshold/, re-run for a stranger.
#include "threshold/cggmp24/evidence_checks.h"

#include "threshold/agreement.h"
#include "threshold/ceremony.h"
#include "threshold/echo.h"
#include "threshold/evidence_rules.h"
#include "threshold/feldman.h"
#include "threshold/frost/dkg.h"
#include "threshold/frost/signing_session.h"

namespace jointca {

using namespace evidence_rules;

namespace {

Verdict malformed_echo(const Evidence& evidence, const EvidenceContext&) {
  JCA_TRY(require(evidence, 1, 0, {}));
  const Envelope& envelope = evidence.envelopes.front();
  if ((envelope.header.round & round_number::echo_of(0)) == 0)
    return acquitted("the message is not an echo");
  if (parse(std::type_identity<EchoMessage>{}, envelope.payload))
    return acquitted("the message is well formed");
  return Ok{};
}

Verdict equivocation(const Evidence& evidence, const EvidenceContext&) {
  JCA_TRY(require(evidence, 0, 2, {}));
  const SignedHeader &a = evidence.headers[0], &b = evidence.headers[1];
  if (a.header != b.header || a.header.to != 0)
    return acquitted("the headers are not of one message to all");
  if (a.payload_digest == b.payload_digest) return acquitted("both are of the same payload");
  return Ok{};
}

Verdict unsound_echo(const Evidence& evidence, const EvidenceContext& context) {
  JCA_TRY(require(evidence, 1, 0, {}));
  Header expected = evidence.envelopes.front().header;
  const std::uint16_t round = expected.round;
  expected.round = static_cast<std::uint16_t>(round & 0x7fff);
  JCA_ASSIGN(const auto echo,
             exhibit<EchoMessage>(evidence, 0, {round_number::echo_of(expected.round)}));
  if (is_sound_echo(echo, expected, context.roster)) return acquitted("the echo is sound");
  return Ok{};
}

Verdict dkg_degree(const Evidence& evidence, const EvidenceContext& context) {
  JCA_TRY(require(evidence, 1, 0, {}));
  JCA_ASSIGN(const auto message,
             exhibit<frost::dkg::Round1Message>(evidence, 0, {round_number::dkg_commitments}));
  if (message.commitment.coefficients.size() == context.min_signers)
    return acquitted("the commitment has the right length");
  return Ok{};
}

Verdict dkg_possession(const Evidence& evidence, const EvidenceContext&) {
  JCA_TRY(require(evidence, 1, 0, {}));
  JCA_ASSIGN(const auto message,
             exhibit<frost::dkg::Round1Message>(evidence, 0, {round_number::dkg_commitments}));
  if (frost::dkg::verify_possession(evidence.culprit, message.commitment.coefficients.front(),
                                    message.proof, evidence.session))
    return acquitted("the proof of possession is valid");
  return Ok{};
}

Verdict dkg_share(const Evidence& evidence, const EvidenceContext& context) {
  JCA_TRY(require(evidence, 2, 0, {}));
  JCA_ASSIGN(const auto dealt,
             exhibit<frost::dkg::Round1Message>(evidence, 0, {round_number::dkg_commitments}));
  JCA_ASSIGN(const auto message,
             exhibit<frost::dkg::Round2Message>(evidence, 1, {round_number::dkg_shares}));
  const std::uint16_t to = evidence.envelopes[1].header.to;
  if (to == 0 || !context.roster.contains(Identifier(to)))
    return acquitted("the share is for nobody of this authority");
  if (frost::verify_share(message.share, Identifier(to), dealt.commitment))
    return acquitted("the share is the one committed to");
  return Ok{};
}

/// A signer's shares and the package that they name.
struct SharesOfPackage {
  frost::ShareMessage message;
  frost::SigningPackage package;
};

Result<SharesOfPackage, Error> read_shares(const Evidence& evidence,
                                           const EvidenceContext& context) {
  JCA_TRY(require(evidence, 1, 0, {"package"}));
  if (!context.group) return failed("this check needs the authority's group key");
  JCA_ASSIGN(auto message,
             exhibit<frost::ShareMessage>(
                 evidence, 0, {round_number::sign_shares, round_number::self_sign_shares}));
  auto package = parse(std::type_identity<frost::SigningPackage>{}, evidence.inputs.at("package"));
  if (!package) return acquitted("the signing package is malformed");
  if (package->digest(context.group->public_key) != message.package)
    return acquitted("the shares are of another signing package");
  return SharesOfPackage{std::move(message), *std::move(package)};
}

Verdict share_count(const Evidence& evidence, const EvidenceContext& context) {
  JCA_ASSIGN(const auto shares, read_shares(evidence, context));
  if (shares.message.shares.size() == shares.package.items.size())
    return acquitted("there is one share for each item");
  return Ok{};
}

Verdict signature_share(const Evidence& evidence, const EvidenceContext& context) {
  JCA_ASSIGN(const auto shares, read_shares(evidence, context));
  if (shares.message.shares.size() != shares.package.items.size())
    return acquitted("the number of shares is wrong, which is another check");
  // An honest signer signs no package that it is not in, or that cannot be joined.
  JCA_ASSIGN(const auto joint, frost::join(shares.package, *context.group));
  if (!shares.package.items.front().commitments.contains(evidence.culprit)) return Ok{};
  for (std::size_t i = 0; i < joint.size(); ++i)
    if (!frost::verify_signature_share(evidence.culprit, shares.message.shares[i], joint[i],
                                       *context.group))
      return Ok{};
  return acquitted("every share is right");
}

Verdict ceremony_signature(const Evidence& evidence, const EvidenceContext& context) {
  JCA_TRY(require(evidence, 1, 0, {}));
  JCA_ASSIGN(const auto message,
             exhibit<ceremony::SignatureMessage>(evidence, 0, {round_number::ceremony_signatures}));
  if (ceremony::verify(message, context.roster.at(evidence.culprit)))
    return acquitted("the signature is of the statement that it names");
  return Ok{};
}

}  // namespace

EvidenceChecks threshold_checks() {
  using namespace round_number;
  EvidenceChecks checks = cggmp24::evidence_checks(cggmp24::parameters<cggmp24::Production>());
  checks.merge(EvidenceChecks{
      {"broadcast.malformed", malformed_echo},
      {"broadcast.echo", unsound_echo},
      {"broadcast.signers", local_only},
      {"broadcast.equivocation", equivocation},
      {"agreement.malformed", malformed_in<agreement::NonceMessage>({round_number::agreement})},
      {"agreement.subject", local_only},
      {"frost.dkg.r1.malformed", malformed_in<frost::dkg::Round1Message>({dkg_commitments})},
      {"frost.dkg.r1.degree", dkg_degree},
      {"frost.dkg.r1.possession", dkg_possession},
      {"frost.dkg.r2.malformed", malformed_in<frost::dkg::Round2Message>({dkg_shares})},
      {"frost.dkg.r2.share", dkg_share},
      {"frost.commit.malformed",
       malformed_in<frost::CommitMessage>({sign_commitments, self_sign_commitments})},
      {"frost.commit.count", local_only},
      {"frost.sign.malformed", malformed_in<frost::ShareMessage>({sign_shares, self_sign_shares})},
      {"frost.sign.package", local_only},
      {"frost.sign.count", share_count},
      {"frost.sign.share", signature_share},
      {"frost.ceremony.malformed", malformed_in<ceremony::SignatureMessage>({ceremony_signatures})},
      {"frost.ceremony.signature", ceremony_signature},
      {"frost.ceremony.statement", local_only},
  });
  return checks;
}

}  // namespace jointca
