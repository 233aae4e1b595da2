// nebula-adapter/issue.cpp — what may be signed, and in which bytes.
#include "nebula-adapter/issue.h"

#include "ca/host_address.h"
#include "crypto/p256.h"
#include "nebula-adapter/cert_v1.h"
#include "nebula-adapter/cert_v2.h"
#include "nebula-adapter/verify.h"

namespace jointca::nebula {
namespace {

using Check = Result<Ok, Rejection>;

constexpr std::size_t ed25519_signature_bytes = 64;
constexpr std::size_t p256_signature_bytes_max = 72;

Unexpected<Rejection> reject(std::string rule, std::string reason) {
  return {Rejection{std::move(rule), std::move(reason)}};
}

/// Letters, digits and "-_.:@+", the first a letter or digit: safe in files, shells and firewall
/// rules, and no two that look alike.
bool is_safe_label(std::string_view text) {
  const auto alphanumeric = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  return !text.empty() && text.size() <= name_bytes_max && alphanumeric(text.front()) &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return alphanumeric(c) || std::string_view("-_.:@+").find(c) != std::string_view::npos;
         });
}

Check check_labels(const Details& details) {
  if (!is_safe_label(details.name))
    return reject("name", "a name has 1 to 253 letters, digits or -_.:@+, and no sign in front");
  if (details.groups.size() > group_count_max)
    return reject("group", "more than " + std::to_string(group_count_max) + " groups");
  for (auto group = details.groups.begin(); group != details.groups.end(); ++group) {
    if (!is_safe_label(*group))
      return reject("group",
                    "a group has 1 to 253 letters, digits or -_.:@+, and no sign in front");
    if (std::find(details.groups.begin(), group, *group) != group)
      return reject("group", "a group stands twice: " + *group);
  }
  return Ok{};
}

/// RFC 7748 §6.1 lets either side refuse them: with such a key every shared secret is zero.
/// Little-endian, the unused top bit cleared; the points of order 1, 2, 4 and 8, and their other
/// encodings.
bool is_low_order_x25519(Digest key) {
  const auto repeated = [](std::uint8_t first, std::uint8_t middle, std::uint8_t last) {
    Digest out;
    out.fill(middle);
    out.front() = first;
    out.back() = last;
    return out;
  };
  constexpr Digest order_8_a{0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3,
                             0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32,
                             0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00};
  constexpr Digest order_8_b{0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1,
                             0x55, 0x9c, 0x83, 0xef, 0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c,
                             0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57};
  key.back() &= 0x7f;
  return key == repeated(0, 0, 0) || key == repeated(1, 0, 0) || key == order_8_a ||
         key == order_8_b || key == repeated(0xec, 0xff, 0x7f) ||
         key == repeated(0xed, 0xff, 0x7f) || key == repeated(0xee, 0xff, 0x7f);
}

Check check_key(const Details& details) {
  if (details.curve == Curve::p256) {
    if (!P256PublicKey::parse(details.public_key))
      return reject("public key", "not an uncompressed point of P-256");
    return Ok{};
  }
  const auto key = to_array<32>(details.public_key);
  if (!key) return reject("public key", "not 32 bytes");
  if (!details.is_ca && is_low_order_x25519(*key))
    return reject("low order key", "an X25519 key of low order gives away its traffic");
  return Ok{};
}

Check check_curve(Curve curve) {
  if (curve != Curve::curve25519 && curve != Curve::p256)
    return reject("curve", "neither CURVE25519 nor P256");
  return Ok{};
}

Check check_validity(const Details& details) {
  if (details.not_before < 0 || details.not_after <= details.not_before)
    return reject("validity", "the certificate would end before it begins");
  return Ok{};
}

Check check_addresses(const Details& details) {
  for (const ca::Prefix& network : details.networks)
    if (auto fault = ca::unusable(network))
      return reject(std::move(fault->rule), std::move(fault->reason));
  return Ok{};
}

/// A CA that lists no networks leaves them free.
Check check_networks(const Details& leaf, const Details& ca) {
  if (leaf.networks.empty()) return reject("no network", "a host needs an address");
  for (const ca::Prefix& network : leaf.networks) {
    if (auto fault = ca::not_a_hosts(network))
      return reject(std::move(fault->rule), std::move(fault->reason));
    const bool in_overlay =
        ca.networks.empty() ||
        std::any_of(ca.networks.begin(), ca.networks.end(), [&](const ca::Prefix& overlay) {
          return overlay.bits == network.bits && overlay.contains(network.address);
        });
    if (!in_overlay)
      return reject("overlay", network.text() +
                                   " is not an address of the CA's networks with "
                                   "their prefix length");
  }
  for (const ca::Prefix& network : leaf.unsafe_networks) {
    if (network.masked() != network || network.address.is_v4_in_v6())
      return reject("unsafe network", network.text() + " is not a network");
    // It would let the host send in the name of others.
    for (const ca::Prefix& overlay : ca.networks)
      if (overlay.bits <= network.bits && overlay.contains(network.address))
        return reject("unsafe network", network.text() + " lies within the overlay");
  }
  return Ok{};
}

Check check_sorted(const std::vector<ca::Prefix>& networks) {
  for (const ca::Prefix& network : networks)
    if (network.bits > network.address.bits())
      return reject("encoding", "a prefix longer than its address");
  const auto not_less = [](const ca::Prefix& a, const ca::Prefix& b) { return !(a < b); };
  if (std::adjacent_find(networks.begin(), networks.end(), not_less) != networks.end())
    return reject("encoding", "networks are not sorted, or one stands twice");
  return Ok{};
}

Certificate unsigned_certificate(Version version, const Details& details, BytesView signature) {
  return {version, details, to_bytes(signature),
          version == Version::v2 ? v2::encode_details(details) : Bytes{}};
}

/// The size of the certificate, if Nebula would read back the very same details.
Result<std::size_t, Rejection> checked_size(Version version, const Details& details) {
  JCA_TRY(check_curve(details.curve));
  JCA_TRY(check_sorted(details.networks));
  JCA_TRY(check_sorted(details.unsafe_networks));
  const auto is_v6 = [](const ca::Prefix& network) { return !network.address.is_v4(); };
  if (version == Version::v1 &&
      (std::any_of(details.networks.begin(), details.networks.end(), is_v6) ||
       std::any_of(details.unsafe_networks.begin(), details.unsafe_networks.end(), is_v6)))
    return reject("encoding", "version 1 has no IPv6");
  if (details.name.empty() || details.name.size() > name_bytes_max)
    return reject("encoding", "the name is empty or above 253 bytes");
  if (std::find(details.groups.begin(), details.groups.end(), "") != details.groups.end())
    return reject("encoding", "a group is empty");
  if (details.public_key.size() != (details.curve == Curve::p256 ? 65U : 32U))
    return reject("encoding", "the public key has the wrong length");
  if (!details.issuer.empty() && details.issuer.size() != Digest{}.size())
    return reject("encoding", "the issuer is not a fingerprint");
  const Bytes signature(details.curve == Curve::p256 ? p256_signature_bytes_max
                                                     : ed25519_signature_bytes);
  const Certificate certificate = unsigned_certificate(version, details, signature);
  const Bytes encoded = encode_certificate(certificate);
  const auto read = parse_certificate(version, encoded);
  if (!read) return reject("encoding", read.error().text());
  if (*read != certificate) return reject("encoding", "the details do not survive encoding");
  return encoded.size();
}

Check check_size(Version version, const Details& details) {
  JCA_ASSIGN(const std::size_t size, checked_size(version, details));
  if (size > issued_bytes_max)
    return reject("size", "the certificate would have " + std::to_string(size) + " bytes, above " +
                              std::to_string(issued_bytes_max));
  return Ok{};
}

}  // namespace

void sort_networks(Details& details) {
  std::sort(details.networks.begin(), details.networks.end());
  std::sort(details.unsafe_networks.begin(), details.unsafe_networks.end());
}

Details ca_details(std::string name, std::vector<ca::Prefix> networks,
                   std::vector<std::string> groups, std::int64_t not_before, std::int64_t not_after,
                   Curve curve, BytesView group_public_key) {
  Details out;
  out.name = std::move(name);
  out.networks = std::move(networks);
  out.groups = std::move(groups);
  out.is_ca = true;
  out.not_before = not_before;
  out.not_after = not_after;
  out.curve = curve;
  out.public_key = to_bytes(group_public_key);
  sort_networks(out);
  return out;
}

Details leaf_details(const Certificate& ca, std::string name, std::vector<ca::Prefix> networks,
                     std::vector<std::string> groups, std::int64_t not_before,
                     std::int64_t not_after, BytesView host_public_key) {
  Details out = ca_details(std::move(name), std::move(networks), std::move(groups), not_before,
                           not_after, ca.details.curve, host_public_key);
  out.is_ca = false;
  out.issuer = to_bytes(fingerprint(ca));
  return out;
}

Result<Bytes, Rejection> to_be_signed(Version version, const Details& details) {
  JCA_TRY(checked_size(version, details));
  return to_be_signed(unsigned_certificate(version, details, {}));
}

Result<Certificate, Rejection> assemble(Version version, const Details& details,
                                        BytesView signature) {
  JCA_TRY(checked_size(version, details));
  if (details.curve == Curve::p256 ? !is_low_s(signature)
                                   : signature.size() != ed25519_signature_bytes)
    return reject("signature form", "not 64 bytes, or not DER with low s");
  return unsigned_certificate(version, details, signature);
}

Result<Ok, Rejection> check_issuable(Version version, const Details& leaf, const Certificate& ca) {
  return check_issuable(version, leaf, ca, fingerprint(ca));
}

Result<Ok, Rejection> check_issuable(Version version, const Details& leaf, const Certificate& ca,
                                     const Digest& ca_fingerprint) {
  if (leaf.is_ca) return reject("is_ca", "a host certificate must not be a CA's");
  if (!equal(leaf.issuer, ca_fingerprint))
    return reject("issuer", "the issuer is not this CA certificate");
  JCA_TRY(check_labels(leaf));
  JCA_TRY(check_curve(leaf.curve));
  if (leaf.curve != ca.details.curve) return reject("curve", "not the curve of the CA");
  JCA_TRY(check_key(leaf));
  JCA_TRY(check_networks(leaf, ca.details));
  JCA_TRY(check_validity(leaf));
  JCA_TRY(check_constraints(leaf, ca.details));
  return check_size(version, leaf);
}

Result<Ok, Rejection> check_issuable_ca(Version version, const Details& ca) {
  if (!ca.is_ca) return reject("is_ca", "a CA certificate must be marked as such");
  if (!ca.issuer.empty()) return reject("issuer", "a CA certificate has no issuer");
  JCA_TRY(check_labels(ca));
  JCA_TRY(check_curve(ca.curve));
  JCA_TRY(check_key(ca));
  JCA_TRY(check_addresses(ca));
  JCA_TRY(check_validity(ca));
  return check_size(version, ca);
}

}  // namespace jointca::nebula
