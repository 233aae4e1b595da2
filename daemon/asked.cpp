#include "daemon/asked.h"

namespace jointca::daemon {
namespace {

ca::Proposal proposal_of(const mpyc::Agreement& agreement) {
  const mpyc::Manifest& manifest = agreement.manifest();
  const mpyc::Grant& grant = agreement.grant();
  ca::Proposal proposal;
  proposal.request = grant.manifest;
  proposal.host_identity = PublicKey{grant.manifest};
  proposal.subject = {
      ca::session_name(manifest.session), {}, {}, manifest.not_before, manifest.not_after};
  proposal.voucher.invitation = grant.manifest;
  proposal.voucher.invitation_key = PublicKey{grant.consents};
  proposal.session = session_of(manifest);
  for (const mpyc::Consent& consent : agreement.consents())
    if (consent.tls) proposal.session->members[consent.seat].seat_key = consent.tls->key;
  return proposal;
}

}  // namespace

Result<Asked, enroll::RequestFault> verify_asked(BytesView sealed, const Digest& authority,
                                                 const enroll::PartyLookup& party_name) {
  if (mpyc::is_session_request(sealed)) {
    auto agreement = mpyc::open_request(sealed, authority);
    if (!agreement)
      return Unexpected{enroll::RequestFault{agreement.error().rule, agreement.error().reason}};
    return Asked(*std::move(agreement));
  }
  auto verified = enroll::verify_request(sealed, authority, party_name);
  if (!verified) return Unexpected{verified.error()};
  return Asked(*std::move(verified));
}

const Digest& digest_of(const Asked& asked) {
  if (const auto* agreement = std::get_if<mpyc::Agreement>(&asked))
    return agreement->grant().manifest;
  return std::get<enroll::VerifiedRequest>(asked).digest();
}

const enroll::Request* request_of(const Asked& asked) {
  const auto* verified = std::get_if<enroll::VerifiedRequest>(&asked);
  return verified == nullptr ? nullptr : &verified->request();
}

ca::Proposal proposal_of(const Asked& asked, std::vector<ca::Prefix> networks, Time not_before,
                         Time not_after) {
  if (const auto* agreement = std::get_if<mpyc::Agreement>(&asked)) return proposal_of(*agreement);
  return enroll::to_proposal(std::get<enroll::VerifiedRequest>(asked), std::move(networks),
                             not_before, not_after);
}

ca::Session session_of(const mpyc::Manifest& manifest) {
  ca::Session session;
  session.id = manifest.session;
  session.channel = mpyc::channel_name(manifest.channel);
  session.on_overlay =
      manifest.channel == mpyc::Channel::nebula || manifest.channel == mpyc::Channel::wireguard;
  for (const mpyc::Seat& seat : manifest.seats)
    session.members.push_back({seat.name, seat.identity, seat.address, std::nullopt});
  return session;
}

}  // namespace jointca::daemon
