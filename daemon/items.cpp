#include "daemon/items.h"

#include <algorithm>

#include "nebula-adapter/pem.h"
#include "nebula-adapter/verify.h"

namespace jointca::daemon {
namespace {

bool is_v4(const ca::Prefix& prefix) { return prefix.address.is_v4(); }

std::vector<nebula::Version> versions_for(const std::vector<ca::Prefix>& networks) {
  std::vector<nebula::Version> versions;
  if (std::any_of(networks.begin(), networks.end(), is_v4)) versions.push_back(nebula::Version::v1);
  if (!std::all_of(networks.begin(), networks.end(), is_v4))
    versions.push_back(nebula::Version::v2);
  return versions;
}

}  // namespace

std::string kind_of(nebula::Version version) {
  return version == nebula::Version::v1 ? "nebula-v1" : "nebula-v2";
}

std::optional<nebula::Version> version_of(const std::string& kind) {
  for (const nebula::Version version : {nebula::Version::v1, nebula::Version::v2})
    if (kind == kind_of(version)) return version;
  return std::nullopt;
}

std::size_t item_count(const std::vector<ca::Prefix>& networks) {
  return versions_for(networks).size();
}

Result<std::vector<Item>, ca::Refusal> items_of(const ca::Approved& approved,
                                                const nebula::Certificate& ca) {
  return expected_items(approved.proposal(), ca);
}

Result<std::vector<Item>, ca::Refusal> expected_items(const ca::Proposal& proposal,
                                                      const nebula::Certificate& ca) {
  const ca::Subject& subject = proposal.subject;
  std::vector<Item> items;
  for (const nebula::Version version : versions_for(subject.networks)) {
    std::vector<ca::Prefix> networks = subject.networks;
    if (version == nebula::Version::v1)
      std::erase_if(networks, [](const ca::Prefix& prefix) { return !is_v4(prefix); });
    nebula::Details details = nebula::leaf_details(
        ca, subject.name, std::move(networks), subject.groups, unix_seconds(subject.not_before),
        unix_seconds(subject.not_after), proposal.nebula_public_key);
    nebula::sort_networks(details);
    const auto refuse = [](const nebula::Rejection& rejection) {
      return Unexpected{ca::Refusal{"nebula." + rejection.rule, rejection.reason, true, {}, {}}};
    };
    if (auto issuable = nebula::check_issuable(version, details, ca); !issuable)
      return refuse(issuable.error());
    auto bytes = nebula::to_be_signed(version, details);
    if (!bytes) return refuse(bytes.error());
    items.push_back({version, std::move(details), *std::move(bytes)});
  }
  return items;
}

Result<nebula::Certificate, Error> finished(const Item& item, const SignatureBytes& signature,
                                            const nebula::CaPool& pool, Time now) {
  auto certificate = nebula::assemble(item.version, item.details, signature);
  if (!certificate) return failed(Error::Code::verification, certificate.error().reason);
  if (const auto verified = nebula::verify(*certificate, pool, now); !verified)
    return failed(Error::Code::verification, verified.error().reason);
  return *std::move(certificate);
}

Result<ca::Subject, Error> subject_of(const std::string& certificates_pem,
                                      const nebula::Certificate& ca, const Digest& host_key) {
  const auto wrong = [](const std::string& reason) {
    return failed(Error::Code::verification, "certificates: " + reason);
  };
  const auto certificates = nebula::parse_certificates(certificates_pem);
  if (!certificates) return wrong(certificates.error().text());
  if (certificates->empty() || certificates->size() > items_per_host_max)
    return wrong("expected one or two");
  const nebula::Details& first = certificates->front().details;
  ca::Subject subject{first.name,
                      {},
                      first.groups,
                      time_from_unix(first.not_before),
                      time_from_unix(first.not_after)};
  for (const nebula::Certificate& certificate : *certificates) {
    const nebula::Details& details = certificate.details;
    if (details.name != first.name || details.groups != first.groups ||
        details.not_before != first.not_before || details.not_after != first.not_after)
      return wrong("they do not belong together");
    if (details.is_ca || !equal(details.public_key, host_key))
      return wrong("not of this host's key");
    if (details.curve != ca.details.curve || !equal(details.issuer, nebula::fingerprint(ca)) ||
        !nebula::check_signature(certificate, ca.details.public_key))
      return wrong("not issued by this authority");
    for (const ca::Prefix& prefix : details.networks)
      if (std::find(subject.networks.begin(), subject.networks.end(), prefix) ==
          subject.networks.end())
        subject.networks.push_back(prefix);
  }
  const std::vector<nebula::Version> versions = versions_for(subject.networks);
  const bool complete =
      std::equal(versions.begin(), versions.end(), certificates->begin(), certificates->end(),
                 [](nebula::Version version, const nebula::Certificate& certificate) {
                   return version == certificate.version;
                 });
  if (!complete) return wrong("not one of each version");
  return subject;
}

}  // namespace jointca::daemon
