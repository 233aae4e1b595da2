// x509-adapter/verify.cpp — whether a certificate holds under an anchor.
#include "x509-adapter/verify.h"

namespace jointca::x509 {
namespace {

Unexpected<Rejection> reject(std::string rule, std::string reason) {
  return {Rejection{std::move(rule), std::move(reason)}};
}

bool is_signed_by(const Certificate& certificate, const CertifiedKey& key) {
  const auto bytes = to_array<32>(key.bytes);
  return key.type == KeyType::ed25519 && bytes &&
         jointca::verify(PublicKey{*bytes}, certificate.to_be_signed(), certificate.signature());
}

}  // namespace

bool valid_at(const Details& details, Time time) {
  return details.not_before <= time && time <= details.not_after;
}

Result<Ok, Rejection> check_within(const Details& leaf, const Details& anchor) {
  for (const ca::IpAddress& address : leaf.addresses)
    if (!anchor.networks.empty() &&
        std::none_of(anchor.networks.begin(), anchor.networks.end(),
                     [&](const ca::Prefix& network) { return network.contains(address); }))
      return reject("network", address.text() + " is in no network of the anchor");
  return Ok{};
}

Result<Ok, Rejection> verify_anchor(const Certificate& anchor) {
  const Details& details = anchor.details();
  if (!details.is_anchor) return reject("not an anchor", "it may not issue certificates");
  if (details.issuer != details.name || details.issuer_key != key_id(details.key))
    return reject("issuer", "the anchor is not its own issuer");
  if (!details.dns_names.empty() || !details.addresses.empty() || !details.uris.empty())
    return reject("name", "the anchor has names beside its common name");
  if (!is_signed_by(anchor, details.key))
    return reject("signature", "the anchor is not signed by its own key");
  return Ok{};
}

Result<Ok, Rejection> verify(const Certificate& certificate, const Certificate& anchor, Time now) {
  JCA_TRY(verify_anchor(anchor));
  return verify_under(certificate, anchor.details(), now);
}

Result<Ok, Rejection> verify_under(const Certificate& certificate, const Details& anchor,
                                   Time now) {
  const Details& leaf = certificate.details();
  if (!valid_at(anchor, now))
    return reject("anchor expired", "the anchor is not valid at this time");
  if (leaf.is_anchor) return reject("anchor", "an anchor is no host's certificate");
  if (!leaf.networks.empty())
    return reject("anchor", "it constrains the networks of others, as an anchor does");
  if (leaf.issuer != anchor.name || leaf.issuer_key != key_id(anchor.key))
    return reject("issuer", "the issuer is not this anchor");
  if (!valid_at(leaf, now)) return reject("expired", "it is not valid at this time");
  if (!is_signed_by(certificate, anchor.key))
    return reject("signature", "it is not signed by the anchor's key");
  if (leaf.not_before < anchor.not_before || leaf.not_after > anchor.not_after)
    return reject("anchor validity", "it is not within that of the anchor");
  return check_within(leaf, anchor);
}

}  // namespace jointca::x509
