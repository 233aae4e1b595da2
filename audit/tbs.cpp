#include "audit/tbs.h"

#include <algorithm>

#include "nebula-adapter/cert_v1.h"
#include "nebula-adapter/cert_v2.h"
#include "nebula-adapter/pem.h"
#include "nebula-adapter/protobuf.h"

namespace jointca::audit {
namespace {

constexpr std::size_t key_bytes = 32;  // the scheme is Ed25519, so hosts have X25519 keys
const Bytes no_signature(64);
constexpr std::int64_t last_second = 253402300799;  // 9999-12-31T23:59:59Z: what texts can say

Time printable(std::int64_t seconds) {
  return time_from_unix(std::clamp<std::int64_t>(seconds, 0, last_second));
}

}  // namespace

bool is_known_kind(std::string_view kind) { return kind == "nebula-v1" || kind == "nebula-v2"; }

Parsed<nebula::Certificate> certificate_of(std::string_view kind, BytesView tbs) {
  if (!is_known_kind(kind)) return malformed("kind", "unknown");
  Bytes whole;
  if (kind == "nebula-v1") {
    nebula::WireWriter message;
    message.element(1, tbs).element(2, no_signature);
    whole = std::move(message).take();
  } else {
    if (tbs.size() < key_bytes + 1) return malformed("tbs", "too short");
    const BytesView details = tbs.first(tbs.size() - key_bytes - 1);
    const auto curve = static_cast<nebula::Curve>(tbs[details.size()]);
    whole = nebula::v2::encode(details, curve, tbs.last(key_bytes), no_signature);
  }
  JCA_ASSIGN(auto certificate,
             nebula::parse_certificate(
                 kind == "nebula-v1" ? nebula::Version::v1 : nebula::Version::v2, whole));
  if (!equal(nebula::to_be_signed(certificate), tbs)) return malformed("tbs", "not canonical");
  return certificate;
}

log::EntrySubject subject_of(const nebula::Details& details) {
  log::EntrySubject subject{details.name,
                            {},
                            details.groups,
                            printable(details.not_before),
                            printable(details.not_after)};
  for (const ca::Prefix& network : details.networks) subject.networks.push_back(network.text());
  return subject;
}

AuthorityRules::AuthorityRules(const ca::Authority& authority) : authority_(authority) {
  for (const std::string& pem : authority.ca_certificates)
    if (auto certificates = nebula::parse_certificates(pem))
      for (nebula::Certificate& certificate : *certificates)
        issuers_.emplace_back(nebula::fingerprint(certificate), std::move(certificate));
}

Result<Ok, nebula::Rejection> AuthorityRules::check(const nebula::Certificate& certificate) const {
  using nebula::Rejection;
  const nebula::Details& details = certificate.details;
  const auto issuer = std::find_if(issuers_.begin(), issuers_.end(), [&](const auto& known) {
    return equal(known.first, details.issuer);
  });
  if (issuer == issuers_.end())
    return Unexpected{Rejection{"issuer", "it names no CA certificate of the authority"}};
  JCA_TRY(nebula::check_issuable(certificate.version, details, issuer->second));
  // Nebula lets times beyond the year 292277024627 wrap around.
  if (details.not_before < issuer->second.details.not_before ||
      details.not_after > issuer->second.details.not_after)
    return Unexpected{Rejection{"validity", "it is not within that of the CA certificate"}};
  for (const ca::Prefix& network : details.networks)
    if (std::none_of(authority_.networks.begin(), authority_.networks.end(),
                     [&](const ca::Prefix& own) { return own.contains(network.address); }))
      return Unexpected{
          Rejection{"network", network.text() + " is in no network of the authority"}};
  for (const std::string& group : details.groups)
    if (!authority_.groups.empty() && std::find(authority_.groups.begin(), authority_.groups.end(),
                                                group) == authority_.groups.end())
      return Unexpected{Rejection{"group", group + " is no group of the authority"}};
  return Ok{};
}

}  // namespace jointca::audit
