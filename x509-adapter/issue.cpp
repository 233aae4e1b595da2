// x509-adapter/issue.cpp — what the parties may sign as X.509.
#include "x509-adapter/issue.h"

#include "ca/did.h"
#include "crypto/ed25519.h"
#include "crypto/p256.h"
#include "crypto/transcript.h"
#include "x509-adapter/verify.h"

namespace jointca::x509 {
namespace {

using Check = Result<Ok, Rejection>;

constexpr std::size_t anchor_id_digits = 32;  // of the authority's 64

Unexpected<Rejection> reject(std::string rule, std::string reason) {
  return {Rejection{std::move(rule), std::move(reason)}};
}

/// Whether each is before the next.
template <class T>
bool ascends(const std::vector<T>& values) {
  return std::adjacent_find(values.begin(), values.end(),
                            [](const T& a, const T& b) { return !(a < b); }) == values.end();
}

Check check_serial(const Details& details) {
  if (!is_serial(details.serial))
    return reject("serial", "a serial has 20 octets, and the first is 40 to 7f");
  return Ok{};
}

/// A key of small order verifies what nobody signed.
Check check_key(const CertifiedKey& key) {
  if (key.type == KeyType::ed25519 ? !Point::parse(key.bytes).has_value()
                                   : !P256PublicKey::parse(key.bytes).has_value())
    return reject("key", "the key is no point of its curve and of prime order");
  return Ok{};
}

Check check_addresses(const std::vector<ca::IpAddress>& addresses) {
  for (const ca::IpAddress& address : addresses)
    if (address.is_zero() || address.is_v4_in_v6())
      return reject("address", address.text() + " is no host's address");
  if (addresses.size() > alternative_names_max || !ascends(addresses))
    return reject("address", "addresses are too many, not sorted, or one stands twice");
  return Ok{};
}

Check check_names(const Details& leaf) {
  if (!is_common_name(leaf.name))
    return reject("name", "a common name has 1 to 64 printable characters: \"" + leaf.name + "\"");
  if (leaf.dns_names.empty() && leaf.addresses.empty())
    return reject("no name", "neither a DNS name nor an address by which the host is known");
  for (const std::string& name : leaf.dns_names)
    if (!is_dns_name(name)) return reject("dns name", "\"" + name + "\" is no DNS name");
  if (leaf.dns_names.size() > alternative_names_max || !ascends(leaf.dns_names))
    return reject("dns name", "DNS names are too many, not sorted, or one stands twice");
  JCA_TRY(check_addresses(leaf.addresses));
  for (const std::string& uri : leaf.uris)
    if (!is_uri(uri)) return reject("uri", "\"" + uri + "\" is no URI");
  if (leaf.uris.size() > alternative_names_max || !ascends(leaf.uris))
    return reject("uri", "URIs are too many, not sorted, or one stands twice");
  // Programs that find no DNS name take the common name for one, and for a pattern: RFC 6125
  // §6.4.4.
  const std::string name = ca::name_key(leaf.name);
  if (name.find(' ') == std::string::npos &&
      std::find(leaf.dns_names.begin(), leaf.dns_names.end(), name) == leaf.dns_names.end())
    return reject("common name",
                  leaf.name + " could be a DNS name, and is not among the DNS names");
  return Ok{};
}

Check check_validity(const Details& details) {
  if (unix_seconds(details.not_before) < 0 || details.not_after > time_max ||
      details.not_after < details.not_before)
    return reject("validity", "the certificate would end before it begins, or after the year 9999");
  return Ok{};
}

Check check_encoding(const Details& details) {
  const auto certificate = assemble(details, {});
  if (!certificate) return Unexpected{certificate.error()};
  return Ok{};
}

/// So that the certificate with everything else stays below certificate_bytes_max.
Check check_size(const Details& details) {
  std::size_t names = 0;
  for (const std::string& uri : details.uris) names += uri.size();
  for (const std::string& name : details.dns_names) names += name.size();
  if (names > name_bytes_max)
    return reject("size", "the names would have " + std::to_string(names) + " bytes, above " +
                              std::to_string(name_bytes_max));
  return Ok{};
}

}  // namespace

Serial serial_for(const Digest& answered, std::uint64_t place) {
  const Digest hash =
      std::move(Transcript("jointca/x509-serial/v1").field(answered).field(place)).digest();
  Serial serial{};
  std::copy_n(hash.begin(), serial.size(), serial.begin());
  serial[0] = static_cast<std::uint8_t>((serial[0] & 0x3f) | 0x40);
  return serial;
}

Details anchor_details(std::string name, const PublicKey& key, const Serial& serial,
                       std::vector<ca::Prefix> networks, Time not_before, Time not_after) {
  Details out;
  out.serial = serial;
  out.is_anchor = true;
  out.issuer = name;
  out.name = std::move(name);
  out.not_before = not_before;
  out.not_after = not_after;
  out.key = certified(key);
  out.issuer_key = key_id(out.key);
  out.networks = std::move(networks);
  std::sort(out.networks.begin(), out.networks.end());
  return out;
}

Details authority_anchor(const Digest& authority, const ca::Constraints& constraints,
                         const PublicKey& key) {
  return anchor_details("jointca " + to_hex(authority).substr(0, anchor_id_digits), key,
                        serial_for(authority, 0), constraints.networks, constraints.not_before,
                        constraints.not_after);
}

Details leaf_details(const Details& anchor, std::string name, CertifiedKey key,
                     const Serial& serial, Time not_before, Time not_after) {
  Details out;
  out.serial = serial;
  out.issuer = anchor.name;
  out.name = std::move(name);
  out.not_before = not_before;
  out.not_after = not_after;
  out.key = std::move(key);
  out.issuer_key = key_id(anchor.key);
  return out;
}

Details host_leaf(const Details& anchor, const ca::Subject& subject, const Digest& request,
                  const PublicKey& host_identity, CertifiedKey key) {
  Details out = leaf_details(anchor, subject.name, std::move(key), serial_for(request, 0),
                             subject.not_before, subject.not_after);
  out.dns_names = {ca::name_key(subject.name)};
  for (const ca::Prefix& network : subject.networks) out.addresses.push_back(network.address);
  std::sort(out.addresses.begin(), out.addresses.end());
  out.uris = {ca::did_key(host_identity)};
  return out;
}

Check check_issuable(const Details& leaf, const Details& anchor) {
  if (leaf.is_anchor || !leaf.networks.empty())
    return reject("anchor", "a leaf must not be marked, or constrain others, as an anchor");
  if (leaf.issuer != anchor.name || leaf.issuer_key != key_id(anchor.key))
    return reject("issuer", "the issuer is not this anchor");
  JCA_TRY(check_serial(leaf));
  JCA_TRY(check_names(leaf));
  if (leaf.name == anchor.name) return reject("name", "a leaf cannot have its anchor's name");
  if (leaf.key == anchor.key) return reject("key", "the key is the anchor's");
  JCA_TRY(check_key(leaf.key));
  JCA_TRY(check_validity(leaf));
  if (leaf.not_before < anchor.not_before || leaf.not_after > anchor.not_after)
    return reject("anchor validity", "it is not within that of the anchor");
  JCA_TRY(check_within(leaf, anchor));
  JCA_TRY(check_size(leaf));
  return check_encoding(leaf);
}

Check check_issuable_anchor(const Details& anchor) {
  if (!anchor.is_anchor || anchor.key.type != KeyType::ed25519)
    return reject("not an anchor", "it is not marked as one, or its key is not of Ed25519");
  if (anchor.issuer != anchor.name || anchor.issuer_key != key_id(anchor.key))
    return reject("issuer", "an anchor is its own issuer");
  JCA_TRY(check_serial(anchor));
  if (!is_common_name(anchor.name) || !anchor.dns_names.empty() || !anchor.addresses.empty() ||
      !anchor.uris.empty())
    return reject("name", "an anchor has a common name and no others");
  JCA_TRY(check_key(anchor.key));
  for (const ca::Prefix& network : anchor.networks)
    if (network.bits > network.address.bits() || network.masked() != network)
      return reject("network", network.text() + " is not a network");
  if (anchor.networks.size() > permitted_networks_max || !ascends(anchor.networks))
    return reject("network", "networks are too many, not sorted, or one stands twice");
  JCA_TRY(check_validity(anchor));
  return check_encoding(anchor);
}

}  // namespace jointca::x509
