#include "daemon/authority_check.h"

#include "nebula-adapter/pem.h"
#include "nebula-adapter/verify.h"

namespace jointca::daemon {
namespace {

Unexpected<Error> wrong(const std::string& what) {
  return failed(Error::Code::verification, "authority: " + what);
}

Result<frost::GroupKey, Error> group_key(const ca::Authority& authority) {
  frost::GroupKey key;
  const auto point = Point::parse(authority.group_public_key.bytes);
  if (!point) return wrong("group_public_key: " + point.error().reason);
  key.public_key = *point;
  key.min_signers = authority.min_signers;
  for (const ca::Party& party : authority.parties) {
    const auto share = Point::parse(party.verifying_share);
    if (!share) return wrong("verifying_share of " + party.card.name + ": " + share.error().reason);
    key.verifying_shares.emplace(Identifier(party.identifier), *share);
  }
  return key;
}

Result<Ok, Error> check_ca_certificate(const std::string& pem, const ca::Authority& authority) {
  const auto certificates = nebula::parse_certificates(pem);
  if (!certificates || certificates->size() != 1)
    return wrong("ca_certificates: not a certificate");
  const nebula::Certificate& certificate = certificates->front();
  if (!certificate.details.is_ca ||
      !equal(certificate.details.public_key, authority.group_public_key.bytes) ||
      !nebula::check_signature(certificate, authority.group_public_key.bytes))
    return wrong("ca_certificates: not a CA certificate of the group key");
  return Ok{};
}

}  // namespace

PerParty<PublicKey> roster_of(const ca::Authority& authority) {
  PerParty<PublicKey> roster;
  for (const ca::Party& party : authority.parties)
    roster.emplace(Identifier(party.identifier), party.card.identity);
  return roster;
}

Result<ceremony::Statement, Error> statement_of(const ca::Authority& authority) {
  ceremony::Statement statement;
  statement.session = authority.ceremony.session;
  statement.transcript = authority.ceremony.transcript;
  JCA_ASSIGN(statement.group, group_key(authority));
  statement.extra = ca::certified_content(authority);
  return statement;
}

Result<ca::Authority, Error> checked_authority(std::string_view json) {
  auto authority = ca::authority_from_json(json);
  if (!authority) return failed(authority.error().text());
  JCA_ASSIGN(const auto statement, statement_of(*authority));
  if (statement.digest() != authority->id) return wrong("id is not that of its content");
  ceremony::Certificate certificate;
  for (const ca::Party& party : authority->parties)
    certificate.signatures.emplace(Identifier(party.identifier),
                                   authority->ceremony.signatures[party.identifier - 1U]);
  JCA_TRY(ceremony::verify_certificate(statement, certificate, roster_of(*authority)));
  if (authority->ca_certificates.empty()) return wrong("ca_certificates: none");
  for (const std::string& pem : authority->ca_certificates)
    JCA_TRY(check_ca_certificate(pem, *authority));
  return *std::move(authority);
}

nebula::Certificate issuing_certificate(const ca::Authority& authority) {
  auto certificates = nebula::parse_certificates(authority.ca_certificates.back());
  JCA_ASSERT(certificates && certificates->size() == 1);  // checked_authority() saw to it
  return std::move(certificates->front());
}

ca::Constraints constraints_of(const ca::Authority& authority) {
  const nebula::Certificate certificate = issuing_certificate(authority);
  return {authority.networks, authority.groups, time_from_unix(certificate.details.not_before),
          time_from_unix(certificate.details.not_after)};
}

}  // namespace jointca::daemon
