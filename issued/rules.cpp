#include "issued/rules.h"

#include <algorithm>

#include "nebula-adapter/issue.h"
#include "x509-adapter/issue.h"

namespace jointca::issued {
namespace {

Unexpected<nebula::Rejection> reject(std::string rule, std::string reason) {
  return {nebula::Rejection{std::move(rule), std::move(reason)}};
}

/// Every adapter has a type of its own for it.
template <class Rejection>
Result<Ok, nebula::Rejection> passed_on(const Result<Ok, Rejection>& checked) {
  if (!checked) return reject(checked.error().rule, checked.error().reason);
  return Ok{};
}

}  // namespace

x509::Details anchor_of(const ca::Authority& authority, const nebula::Succession& succession,
                        const Keys& keys) {
  return x509::authority_anchor(
      authority.id,
      {authority.networks, authority.groups, succession.not_before(), succession.not_after()},
      keys.of(x509_anchor_kind));
}

AuthorityRules::AuthorityRules(const ca::Authority& authority) : authority_(authority) {
  auto succession = nebula::Succession::from_pem(authority.ca_certificates);
  if (!succession) return;
  succession_ = *std::move(succession);
  const Keys keys(authority.group_public_key);
  anchor_ = anchor_of(authority, *succession_, keys);
  seats_key_ = keys.of(session_seat_kind);
}

AuthorityRules::Check AuthorityRules::check_content(const nebula::Certificate& certificate,
                                                    const Asker&) const {
  const nebula::Details& details = certificate.details;
  const nebula::Certificate* issuer =
      succession_ ? succession_->pool().find(details.issuer) : nullptr;
  if (issuer == nullptr) return reject("issuer", "it names no CA certificate of the authority");
  const Time begin =
      time_from_unix(std::clamp<std::int64_t>(details.not_before, 0, unix_seconds_max));
  if (issuer->details.not_before != succession_->issuing_at(begin).details.not_before)
    return reject("issuer", "its CA certificate did not issue at that time");
  JCA_TRY(
      nebula::check_issuable(certificate.version, details, *issuer, *to_array<32>(details.issuer)));
  // Nebula lets times beyond the year 292277024627 wrap around.
  if (details.not_before < issuer->details.not_before ||
      details.not_after > issuer->details.not_after)
    return reject("validity", "it is not within that of the CA certificate");
  return Ok{};
}

AuthorityRules::Check AuthorityRules::check_authority(const Digest& named) const {
  if (named != authority_.id) return reject("authority", "it names another authority");
  return Ok{};
}

AuthorityRules::Check AuthorityRules::check_content(const wireguard::Binding& binding,
                                                    const Asker&) const {
  JCA_TRY(passed_on(wireguard::check_issuable(binding)));
  return check_authority(binding.authority);
}

AuthorityRules::Check AuthorityRules::check_content(const nebula::Lighthouse& lighthouse,
                                                    const Asker&) const {
  JCA_TRY(nebula::check_issuable(lighthouse));
  return check_authority(lighthouse.authority);
}

AuthorityRules::Check AuthorityRules::check_content(const x509::Certificate& certificate,
                                                    const Asker& asker) const {
  if (!anchor_) return reject("issuer", "the authority has no anchor");
  const x509::Details& details = certificate.details();
  if (mpyc::is_of_a_session(details)) return check_of_session(details, asker);
  if (details.is_anchor) {
    if (details != *anchor_) return reject("anchor", "it is not the authority's");
    return passed_on(x509::check_issuable_anchor(*anchor_));
  }
  JCA_TRY(passed_on(x509::check_issuable(details, *anchor_)));
  ca::Subject subject{details.name, {}, {}, details.not_before, details.not_after};
  for (const ca::IpAddress& address : details.addresses)
    subject.networks.push_back({address, static_cast<std::uint8_t>(address.bits())});
  if (details != x509::host_leaf(*anchor_, subject, asker.request, asker.host, details.key))
    return reject("leaf", "its serial, DNS names or URIs are not those of this host and request");
  return Ok{};
}

AuthorityRules::Check AuthorityRules::check_window(Time not_before, Time not_after) const {
  if (!succession_ || not_before < succession_->not_before() ||
      not_after > succession_->not_after())
    return reject("validity", "it is not within that of the CA certificates");
  if (not_after <= not_before || not_after - not_before > mpyc::window_max)
    return reject("validity", "its window is empty, or longer than 7 days");
  return Ok{};
}

AuthorityRules::Check AuthorityRules::check_content(const mpyc::Grant& grant,
                                                    const Asker& asker) const {
  JCA_TRY(check_authority(grant.authority));
  if (grant.manifest != asker.request || grant.manifest != asker.host.bytes ||
      grant.consents != asker.voucher.bytes)
    return reject("session", "it is of another manifest, or of other consents, than was asked for");
  return check_window(grant.not_before, grant.not_after);
}

AuthorityRules::Check AuthorityRules::check_of_session(const x509::Details& details,
                                                       const Asker& asker) const {
  JCA_TRY(check_window(details.not_before, details.not_after));
  const x509::Details anchor =
      mpyc::session_anchor(asker.request, details.not_before, details.not_after, seats_key_);
  if (details.is_anchor) {
    if (details != anchor || asker.host.bytes != asker.request)
      return reject("session", "it is not the anchor of the session that was asked for");
    return passed_on(x509::check_issuable_anchor(anchor));
  }
  JCA_TRY(passed_on(x509::check_issuable(details, anchor)));
  const auto facts = mpyc::stated_facts(details, asker.host);
  if (!facts || mpyc::seat_leaf(*facts, seats_key_) != details)
    return reject("session", "it is of no seat that this host can have in the session");
  return Ok{};
}

AuthorityRules::Check AuthorityRules::check(const Statement& statement, const Asker& asker) const {
  JCA_TRY(std::visit([&](const auto& content) { return check_content(content, asker); },
                     statement.content));
  if (is_of_a_session(statement.kind)) return Ok{};  // on some channels a seat is anywhere
  for (const ca::Prefix& network : networks_of(statement))
    if (std::none_of(authority_.networks.begin(), authority_.networks.end(),
                     [&](const ca::Prefix& own) { return own.contains(network.address); }))
      return reject("network", network.text() + " is in no network of the authority");
  for (const std::string& group : groups_of(statement))
    if (!authority_.groups.empty() && std::find(authority_.groups.begin(), authority_.groups.end(),
                                                group) == authority_.groups.end())
      return reject("group", group + " is no group of the authority");
  return Ok{};
}

}  // namespace jointca::issued
