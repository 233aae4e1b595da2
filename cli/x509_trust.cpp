#include "cli/x509_trust.h"

#include <algorithm>

#include "daemon/authority_check.h"
#include "issued/rules.h"

namespace jointca::cli {
namespace {

Unexpected<x509::Rejection> reject(std::string rule, std::string reason) {
  return {x509::Rejection{std::move(rule), std::move(reason)}};
}

}  // namespace

Parsed<Anchors> read_anchors(std::string_view pem) {
  JCA_ASSIGN(const auto certificates, x509::parse_certificates(pem));
  Anchors anchors;
  for (const x509::Certificate& certificate : certificates) {
    if (const auto verified = x509::verify_anchor(certificate); !verified)
      return malformed(certificate.details().name, verified.error().reason);
    anchors.push_back(certificate.details());
  }
  return anchors;
}

Anchors anchors_of(const ca::Authority& authority) {
  return {issued::anchor_of(authority, daemon::succession_of(authority),
                            issued::Keys(authority.group_public_key))};
}

Result<Ok, x509::Rejection> verify_x509(const x509::Certificate& certificate,
                                        const Anchors& anchors, Time at) {
  const x509::Details& details = certificate.details();
  if (details.is_anchor) {
    if (std::find(anchors.begin(), anchors.end(), details) == anchors.end())
      return reject("anchor", "it is another anchor than the one that is trusted");
    if (!x509::valid_at(details, at))
      return reject("anchor expired", "the anchor is not valid at this time");
    return x509::verify_anchor(certificate);
  }
  const auto issuer = std::find_if(anchors.begin(), anchors.end(), [&](const x509::Details& each) {
    return each.name == details.issuer && x509::key_id(each.key) == details.issuer_key;
  });
  if (issuer == anchors.end()) return reject("issuer", "it is under another anchor");
  return x509::verify_under(certificate, *issuer, at);
}

}  // namespace jointca::cli
