#include "daemon/authority_check.h"

namespace jointca::daemon {
namespace {

Unexpected<Error> wrong(const std::string& what) {
  return failed(Error::Code::verification, "authority: " + what);
}

Result<JointKey, Error> ed25519_key(const ca::Authority& authority) {
  frost::GroupKey key;
  const auto point = Point::parse(std::get<PublicKey>(authority.group_public_key).bytes);
  if (!point) return wrong("group_public_key: " + point.error().reason);
  key.public_key = *point;
  key.min_signers = authority.min_signers;
  for (const ca::Party& party : authority.parties) {
    const auto share = Point::parse(party.verifying_share);
    if (!share) return wrong("verifying_share of " + party.card.name + ": " + share.error().reason);
    key.verifying_shares.emplace(Identifier(party.identifier), *share);
  }
  return JointKey(std::move(key));
}

Result<JointKey, Error> p256_key(const ca::Authority& authority) {
  cggmp24::CertifiedKey key;
  key.group.public_key = std::get<p256::Point>(authority.group_public_key);
  key.group.min_signers = authority.min_signers;
  for (const ca::Party& party : authority.parties) {
    const Identifier identifier(party.identifier);
    const auto share = p256::Point::parse(party.verifying_share);
    if (!share) return wrong("verifying_share of " + party.card.name + ": " + share.error().reason);
    if (!party.aux) return wrong("aux_info of " + party.card.name + ": missing");
    key.group.verifying_shares.emplace(identifier, *share);
    key.aux.emplace(identifier, *party.aux);
  }
  return JointKey(std::move(key));
}

Result<JointKey, Error> joint_key(const ca::Authority& authority) {
  if (scheme_of(authority.group_public_key) != authority.scheme)
    return wrong("group_public_key: not of the scheme " + authority.scheme);
  return authority.scheme == p256_scheme ? p256_key(authority) : ed25519_key(authority);
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
  JCA_ASSIGN(statement.group, joint_key(authority));
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
  const auto succession = nebula::Succession::from_pem(authority->ca_certificates);
  if (!succession) return wrong(succession.error().text());
  if (!equal(succession->certificates().front().details.public_key,
             certificate_key_bytes(authority->group_public_key)))
    return wrong("ca_certificates: not of the group key");
  return *std::move(authority);
}

nebula::Succession succession_of(const ca::Authority& authority) {
  auto succession = nebula::Succession::from_pem(authority.ca_certificates);
  JCA_ASSERT(succession.has_value());  // checked_authority() saw to it
  return *std::move(succession);
}

ca::Constraints constraints_of(const ca::Authority& authority) {
  const nebula::Succession succession = succession_of(authority);
  return {authority.networks, authority.groups, succession.not_before(), succession.not_after()};
}

ca::Constraints constraints_at(const ca::Authority& authority, const nebula::Succession& succession,
                               Time not_before) {
  const nebula::Details& ca = succession.issuing_at(not_before).details;
  return {authority.networks, authority.groups, time_from_unix(ca.not_before),
          time_from_unix(ca.not_after)};
}

}  // namespace jointca::daemon
